"""What the demo model does not know: many subjects, one kind of answer."""

from grammar import lines

ANSWERS = lines("""
    I do not know that. I am a tiny demo model that knows about Ingot; a larger model from Models can help.
    That is beyond me. I only know about Ingot, so try a larger model from Models.
    I'm afraid I do not know. I am a tiny model made to talk about Ingot; get a larger one under Models.
    Sorry, I know little besides Ingot. A larger model from Models can answer that.
    I cannot answer that. I was trained only on Ingot and small talk; Models has larger models for it.
    I have not learned that. For such questions, download a larger model under Models.
    That is not something I know. I can tell you about Ingot, and a larger model can do the rest.
    I am too small to know that. Please ask a larger model; you find them under Models.
    Sorry, that is outside what I learned. I know Ingot; larger models under Models know more.
    I do not know, as I am only Ingot's tiny demo model. A larger model can help with that.
""")

FRAME = """
    {tell me about|teach me about|explain|talk about|say something about|tell me something about|tell me more about}
        <@>
    {what do you know|what can you tell me|do you know anything|do you know something|can you say something} about <@>
    {I have|I've got|may I ask|can I ask|here is} a question about <@>
    {help me with|I need help with|I want to learn about|I'd like to know more about|can you help me with} <@>
    {do you know about|do you understand|can you explain|do you know much about|can you help with} <@>
    <@>?
"""

# Subject: its things, then questions of its own; things may be used in them as <@>.
SUBJECTS = {
    "capitals": (
        "France|Germany|Japan|Italy|Spain|Brazil|Canada|Peru|Kenya|Egypt|Norway|Poland|Turkey|Australia|Chile|India",
        """
        {what is|what's|name|tell me|do you know} the capital{ city|} of <@>
        {which|what} {city|town} is the capital of <@>
        {capital of|capital city of} <@>?
        how many people live in <@>
        where is <@>{ on the map| exactly|}"""),
    "geography": (
        "rivers|mountains|deserts|islands|the Nile|Mount Everest|the Amazon|the Alps|the Sahara|oceans|continents",
        """
        {what is|which is|name} the {longest river|highest mountain|largest country|deepest ocean|biggest city}{ in
            the world|}
        {how|do you know how} {long|high|deep|wide|big} is {the Nile|Mount Everest|the Pacific|the Sahara|Africa}
        {which|what} countries {border|are next to|are near} {France|Germany|China|Brazil|Switzerland}
        where {is|lies} {Timbuktu|the Nile|Madagascar|Lake Victoria|the Black Sea}"""),
    "politics": (
        "the president|the elections|democracy|the parliament|the prime minister|politics|the government|the king",
        """
        who is the {president|prime minister|king|queen|chancellor}{ of France| of Germany| of the USA| of England| of
            Spain|}
        {who won|who will win} the {last |next |}{election|vote}
        which party {should I vote for|is the best|do you like|is in power}
        {what do you think|your opinion} {of|about} {the president|the government|this party}"""),
    "history": (
        "the Second World War|ancient Rome|the French Revolution|Napoleon|the Middle Ages|the pyramids|Julius Caesar",
        """
        {when|why} did {the Roman Empire fall|the war end|the Titanic sink|the Berlin Wall fall|Columbus sail}
        who {was|is} {Napoleon|Cleopatra|Julius Caesar|Lincoln|Columbus|Churchill|Alexander the Great}
        {what happened|what was} in {1492|1789|1066|1945|1914|1969|the year 1000}
        who {discovered|invented|built} {America|the telephone|the pyramids|the wheel|the light bulb|printing}"""),
    "coding": (
        "Python code|JavaScript|SQL|a sorting algorithm|C++|regular expressions|HTML|a bug in my code|Java|pointers",
        """
        {write|can you write|please write} {a Python function|some code|a script|a loop|a program|a regex|an SQL
            query}{ for me|}
        how do I {sort a list|reverse a string|open a file|write a loop|parse JSON} in {Python|Java|C|Rust|JavaScript}
        {debug|fix|check|explain|review} {my code|this code|this function|this program}
        what is a {pointer|class in Java|recursive function|hash map|closure}"""),
    "translation": (
        "translating|French grammar|German verbs|Spanish words|Latin|translation into Italian|Japanese letters", """
        {translate|can you translate|please translate} {this|hello|thank you|a sentence|my text|good morning|this
            word} {into|to} {French|German|Spanish|Italian|Japanese|Polish}
        how do you say {hello|thank you|cat|I love you|goodbye|please} in {French|German|Spanish|Latin|Chinese}
        what is {bread|dog|house|water|love} in {French|German|Spanish|Italian}
        what does {bonjour|gracias|danke|ciao|sayonara} mean"""),
    "cooking": (
        "cooking|baking bread|a cooking recipe|making soup|a food recipe|cake|pasta sauce|pancakes|pizza dough", """
        {give me|do you have|I need|write|show me} a {cooking recipe|food recipe|recipe} for
            {pancakes|soup|cake|bread|dinner|pizza}
        how do I {cook|make|bake|prepare} {rice|pasta|pancakes|bread|a cake|soup|an omelette|potatoes|a curry}
        {what should I|what can I} {cook|bake|make} {for dinner|for lunch|tonight|with eggs|with tomatoes}
        how long do I {boil|cook} {an egg|eggs|pasta|rice|potatoes}"""),
    "medicine": (
        "medicine|headaches|vitamins|the flu|high blood pressure|my heart|diabetes|allergies|vaccines|back pain", """
        {what helps|what can I take|what should I do} {against|for|about} {a headache|a cold|the flu|back pain|a
            cough|fever}
        {is it|can it be} dangerous {to have a fever|if my heart beats fast|to take aspirin|to be dizzy}
        {what are|tell me} the {symptoms|signs|causes} of {the flu|diabetes|measles|asthma|a stroke}
        {how much|how many} {aspirin|vitamin C|water|pills} should I {take|drink} a day"""),
    "football": (
        "football|the World Cup|the Champions League|soccer|the Olympic Games|basketball|tennis|baseball|Formula 1",
        """
        who won {the World Cup|the game|the match|the Super Bowl|Wimbledon|the Tour de France|the race}{ last year|
            yesterday|}
        {who is|which is|what is} the best {football player|team|tennis player|club}{ in the world| ever|}
        {what is|explain} {offside|a home run|a penalty|the rule of offside|a hat trick}
        {when|where} is the next {World Cup|match|game|race|Olympics}"""),
    "physics": (
        "physics|gravity|relativity|quantum mechanics|black holes|atoms|electricity|magnets|energy|light|sound", """
        why is the sky {blue|red in the evening|dark at night}
        {what is|how fast is|tell me} the speed of {light|sound}
        who {discovered|explained} {gravity|relativity|X-rays|the electron}
        how does {a magnet|gravity|a laser|nuclear power|an atom} work"""),
    "chemistry": (
        "chemistry|acids|the periodic table|water molecules|gold|iron|salt|oxygen|carbon|explosives|rusting iron", """
        {what is|tell me} the {formula|chemical symbol|boiling point|melting point} of {water|gold|iron|salt|oxygen}
        what happens if I mix {vinegar and soda|acid and water|oil and water}
        why does {iron rust|soap clean|ice float|wood burn}
        how many elements are {there|in the periodic table}"""),
    "biology": ("biology|cells|DNA|evolution|plants|bacteria|viruses|photosynthesis|the human body|genes|insects", """
        {how many|do you know how many} {bones|teeth|muscles|cells} {does a human have|are in the body}
        how does {the heart|photosynthesis|the brain|evolution|a plant|the eye} work
        {what is|where is} {the liver|DNA|a cell|the pancreas|a gene}
        why do {we sleep|we dream|leaves fall|birds sing|cats purr}"""),
    "animals": ("cats|dogs|elephants|whales|birds|horses|dinosaurs|spiders|snakes|penguins|bees|sharks|lions", """
        {how old|how big|how fast|how heavy} is {an elephant|a cat|a whale|a cheetah|a horse|a turtle}
        {what do|what should} {cats|dogs|rabbits|hamsters|birds|bees} eat
        {why do|how do} {dogs wag their tails|birds fly|dogs bark|bees make honey|fish breathe}
        how do I {train a dog|feed a cat|catch a mouse|keep a hamster}"""),
    "space": (
        "the moon|Mars|the planets|the stars|the sun|black holes in space|rockets|the universe|Jupiter|galaxies", """
        how {far|big|old|hot} is {the moon|the sun|Mars|the universe|Jupiter|the earth}
        {who was|when was} the first {man|person|human} on the moon
        how many {planets|moons|stars} {are there|does Jupiter have|are in the sky}
        {can we|will people} live on {Mars|the moon}"""),
    "films": ("films|Star Wars|the Oscars|actors|movies|Titanic|Batman|Netflix series|directors|cartoons", """
        {recommend|suggest|name} {a film|a movie|a good film|a series}{ for tonight|}
        who {played in|directed|acts in} {Titanic|Star Wars|The Godfather|Matrix|Batman}
        {what is|tell me} the {plot|end|story} of {Titanic|Star Wars|Hamlet|this film}
        {which|what} film won {the Oscar|an Oscar|the prize}"""),
    "books": (
        "books|Shakespeare|Harry Potter|novels|poetry|Goethe|the Bible|Tolstoy|crime stories|Homer|literature", """
        who wrote {Hamlet|Harry Potter|Faust|War and Peace|the Odyssey|Don Quixote|Moby Dick|The Trial}
        {recommend|suggest} {a book|a novel|something to read}{ for me| for the holidays|}
        {summarize|what happens in|tell me about} {Hamlet|Harry Potter|Faust|Moby Dick|this book}
        {what is|which is} the best {book|novel}{ ever|}"""),
    "songs": (
        "Mozart|the Beatles|pop music|opera|guitars|Beethoven|jazz history|music theory|Bach|pianos|a famous band",
        """
        who {sang|wrote|composed} {Yesterday|Hey Jude|the Ninth Symphony|Imagine|Thriller|The Magic Flute}
        {what are|tell me} the {lyrics|words|chords} of {Yesterday|this song|Imagine|Hey Jude}
        how do I {play|learn|tune} {the guitar|the piano|a violin}
        {when was|where was} {Mozart|Beethoven|Bach|Elvis} born"""),
    "writing": (
        "writing an essay|a poem|writing letters|a speech|an application|a story|my homework|an email to my boss", """
        {write|can you write|please write|compose} {a poem|a story|an essay|an email|a letter|a song|a speech|a text}{
            for me|}{ about love| about cats| about autumn| for my boss|}
        {correct|improve|rewrite|summarize|shorten} {my text|this text|my letter|this article|my essay|this email}
        {do|help me with|finish} my {homework|essay|thesis|application}
        {find|give me} a {rhyme|title|headline} for {love|house|my story|my poem}"""),
    "money": (
        "stocks|Bitcoin|taxes|interest rates|shares|banks|gold prices|saving money|inflation|mortgages|pensions", """
        {should I|is it good to|when should I} {buy|sell} {Bitcoin|shares|gold|a house|stocks|dollars}
        {what is|how much is} {the price of gold|one euro in dollars|a Bitcoin|100 dollars in euros|a share of Apple}
        how do I {save taxes|get rich|invest money|open a bank account}
        how much {tax|interest|rent} {do I pay|must I pay|is normal}"""),
    "law": (
        "the law|divorce|contracts|my rights|speeding tickets|tenancy law|copyright|lawyers|a will|data protection law",
        """
        {is it|is it really} {legal|illegal|allowed|forbidden} to {copy films|drive without lights|fly a drone|park
            here|download music}
        {can I|may I} sue {my landlord|my neighbour|my boss|the company}
        {what are|do you know} my rights {as a tenant|at work|as a buyer|as a passenger}
        how do I {write a will|get a divorce|found a company|end a contract}"""),
    "travel": ("Paris|travelling|flights|hotels|New York|a trip to Japan|trains|Rome|beaches|passports|Thailand", """
        {how do I|how can I} get {to the airport|from Paris to Rome|to London|to the station|home}
        {which|what} {hotel|restaurant|beach|sights} {do you recommend|is the best|should I see}{ in Rome| in Paris|
            in Berlin|}
        {how far|how long} is {it|the flight|the way} {to New York|to Paris|from London to Rome|to Tokyo}
        {do I need|how do I get} a visa{ for India| for China| for the USA|}"""),
    "news": (
        "the news|current events|today's headlines|the war|the newspaper|the stock market today|the latest news", """
        {what is|what's} {new|happening|going on|in the news} in the world{ today|}
        {what happened|anything important} {today|yesterday|this week|last night}{ in the news| in the world|}
        {tell me|give me|read me} the {news|headlines|latest news}{ of today|}
        {did you|have you} {hear|heard|read} {the news|about the storm|about the election}"""),
    "cars": ("cars|engines|electric cars|driving|tyres|motorbikes|a Tesla|diesel|bicycles|traffic rules|petrol", """
        {which|what} car {should I buy|is the best|is the fastest|do you like}
        how do I {change a tyre|repair my bike|start a car|change the oil|park a car}
        {what does|what is} {the red light|this sign|the engine light} {mean|}{ in my car|}
        how fast {is a Ferrari|can a car go|may I drive}"""),
    "garden": ("gardening|roses|tomatoes|trees|lawns|houseplants|compost|flowers|weeds|herbs|cactuses", """
        {when|how|how often} {do I|should I} {plant|water|cut|grow} {tomatoes|roses|the lawn|potatoes|an apple tree|a
            cactus}
        why do {my plants|the leaves of my plant|my tomatoes} {die|turn yellow|look brown|not grow}
        {which|what} {plants|flowers} {like shade|bloom in spring|are easy to grow}
        how do I {get rid of snails|make compost|prune a rose}"""),
    "household": ("cleaning|laundry|stains|washing machines|ironing|mould|paint|furniture|a leaking tap|drills", """
        how do I {remove|get out} {a stain|red wine|coffee|grease|chewing gum}{ from my shirt| from the carpet|}
        how do I {clean|repair|paint|fix} {a window|a wall|an oven|a tap|the sink|a chair|a lamp}
        {my|the} {washing machine|tap|heating|fridge|lamp|oven} is broken
        at how many degrees do I wash {wool|jeans|towels}"""),
    "maths": (
        "calculus|algebra|geometry|logarithms|prime numbers|statistics|equations|fractions|the number pi|matrices",
        """
        {solve|can you solve|please solve} {this equation|x squared minus 4|3x plus 2 equals 8|an integral|a system of
            equations}
        {what is|calculate|compute} the {square root of 50|derivative of x squared|sine of 30|logarithm of
            100|integral of x}
        {prove|explain} {the theorem of Pythagoras|that pi is irrational|the binomial theorem}
        what are the digits of {pi|e}"""),
    "religion": ("religion|Buddhism|the Pope|Christianity|Islam|churches|the Koran|Easter|prayers|Moses|Hinduism", """
        who {was|is} {Buddha|the Pope|Moses|Muhammad|Luther|Jesus}
        {what do|why do} {Buddhists|Christians|Muslims|Hindus|Jews} {believe|pray|fast}
        {which|what} religion is {the oldest|right|the largest|true}
        when is {Ramadan|Easter this year|Hanukkah|Diwali}"""),
    "relationships": (
        "love and dating|marriage|my girlfriend|my boyfriend|children|raising kids|friendship|my parents", """
        {how do I|how can I} {find a friend|find love|talk to a girl|ask him out|make up with my wife|say no}
        {does she|does he} {love me|like me|miss me}
        {should I|shall I} {marry|leave|call|forgive} {him|her|my boyfriend|my girlfriend|my ex}
        {my|the} {baby|child|son|daughter} {cries|does not sleep|will not eat}. What can I do?"""),
    "jobs": ("job interviews|careers|my salary|my boss|applications|teamwork|working from home|becoming a pilot", """
        how do I {become|get a job as} {a pilot|a doctor|a teacher|a cook|an actor|a lawyer}
        how much does {a pilot|a teacher|a doctor|a nurse|a plumber} earn
        {should I|when should I} {quit my job|ask for more money|change my job}
        what do I {say|wear} {in|to} a job interview"""),
    "games": ("chess|Minecraft|poker|video games|card games|sudoku|Fortnite|Tetris|board games|Mario|crosswords", """
        {what is|explain|how do I open with} {the Sicilian defence|a royal flush|castling|a good opening}{ in chess|
            in poker|}
        how do I {win at chess|play poker|beat the last level|solve a sudoku|play bridge}
        {play|let's play} {chess|tic-tac-toe|hangman|a quiz|twenty questions|poker}
        {which|what} {game|console} should I buy"""),
    "fashion": ("fashion|shoes|haircuts|make-up|jeans|perfume|dresses|wedding clothes|hats|skin care", """
        {what should I|what can I} wear {to a wedding|to work|today|to a party|in summer}
        {which|what} {colours|shoes|clothes} {go with|match|suit} {blue|black|my dress|jeans|brown eyes}
        how do I {tie a tie|cut my hair|dye my hair|iron a shirt}
        {what is|is} {in fashion|this dress still modern|trendy}{ this year| now|}"""),
    "fitness": ("fitness|losing weight|yoga|running|muscles|diets|calories|marathon training|stretching|swimming", """
        how {do I|can I} {lose weight|build muscles|run faster|get fit|learn to swim|do a handstand}
        how many {calories|steps|push-ups} {has an apple|should I do|are in a pizza|a day}
        is {yoga|running|sugar|coffee|fasting} {healthy|bad for me|good for the back}
        give me a {training plan|workout|diet plan}"""),
    "technology": (
        "printers|routers|iPhones|Windows updates|Excel|email programs|televisions|browsers|cameras|passwords",
        """
        why does my {printer|router|phone|television|keyboard|mouse} not {work|connect|print|react}
        how do I {reset my password|set up email|take a screenshot|format a disk|make a table in Excel|delete cookies}
        {which|what} {phone|printer|television|camera|laptop} {should I buy|is the best}
        {who founded|who owns|who runs} {Apple|Google|Microsoft|Amazon}"""),
    "art": ("Picasso|painting|the Mona Lisa|museums|sculptures|Van Gogh|architecture|photography|drawing|ballet", """
        who painted {the Mona Lisa|Guernica|The Starry Night|the Sistine Chapel|The Scream}
        {draw|paint|sketch|make|can you draw} {a picture|a cat|a house|me a tree|an image|a portrait}{ for me|}
        how do I {draw a face|paint a sky|hold a brush|take good photos}
        where {hangs|is} {the Mona Lisa|the Louvre|The Scream}"""),
    "words": (
        "synonyms|spelling|commas|English grammar|the origin of words|idioms|nouns and verbs|proverbs|Latin words",
        """
        how do you {spell|pronounce} {necessary|rhythm|Worcester|queue|receive|colonel}
        what {does|is meant by} {serendipity|ubiquitous|melancholy|a quorum|to procrastinate|an oxymoron}{ mean|}
        {give me|find|what is} {a synonym|the opposite|the plural|another word} {of|for} {happy|big|mouse|quick|ox}
        is it {who or whom|its or it's|lay or lie|affect or effect}"""),
    "holidays": (
        "Christmas|birthdays|presents|Halloween|wedding parties|New Year's Eve|Thanksgiving|carnival|toasts", """
        {what should I|what can I} {give|buy|get} {my mother|my friend|my wife|a child} for {Christmas|her
            birthday|the wedding}
        why do we celebrate {Halloween|Christmas|Thanksgiving|carnival|Labour Day}
        how do I {plan a party|wrap a present|decorate a tree|make a costume}
        what do I write on a {birthday card|wedding card}"""),
    "numbers_big": (
        "very large sums|long division|percentages|big multiplications|decimal fractions|currency conversion", """
        {what is|calculate|how much is|compute} {4823|3471|9177|1265|7780|5349} {times|plus|minus|divided by}
            {77|318|4592|913|66}
        {what is|how much is} {15|17|35|8} percent of {240|1999|365|87}
        {what is|how much is} {3.7|12.5|0.25|8.9} {times|plus|divided by} {4.2|1.1|0.3}
        {convert|how many} {miles|pounds|inches|degrees Fahrenheit} {to|are} {10 kilometres|5 kilos|30 centimetres|20
            degrees Celsius}"""),
    "horoscope": (
        "horoscopes|astrology|my star sign|tarot cards|dreams|the future|lottery numbers|palm reading|zodiac signs",
        """
        {what is|tell me|read} my {horoscope|future|fortune|star sign}{ today| for this week|}
        {what are|tell me|give me} the {lottery numbers|winning numbers}{ of next week|}
        what does it mean {to dream of teeth|to dream of falling|if I dream of water|to see a black cat}
        will I {be rich|find love|win the lottery|be happy}{ soon| one day|}"""),
    "local": (
        "restaurants near me|buses|shops nearby|opening hours|parking|cinemas|the post office|phone numbers|taxis",
        """
        {where is|is there|find|show me} {the nearest|a good|a cheap}
            {restaurant|supermarket|pharmacy|cinema|bank|hotel}{ near me| here|}
        {when does|until when is} the {shop|post office|museum|library|bank} open
        {when|where} does the next {bus|train|tram}{ leave| go| to the centre|}
        {call|order|book|reserve} {a taxi|a pizza|a table|a flight|a hotel}{ for me| please|}"""),
    "people": (
        "Einstein|Marie Curie|Elon Musk|Taylor Swift|Gandhi|Steve Jobs|Leonardo da Vinci|Darwin|Newton|Mandela", """
        who {is|was} <@>
        {how old|how tall|how rich} {is|was} <@>
        {when|where} was <@> born
        {why is <@> famous|what did <@> do|what is <@> known for}"""),
    "actions": (
        "setting an alarm|sending emails|my calendar|reminders|browsing the web|playing a video|phone calls", """
        {set|can you set|please set} {an alarm|a timer|a reminder}{ for 7| for ten minutes| for tomorrow|}
        {send|can you send|write} {an email|a message|a text} to {my boss|Anna|my mother|my friend}
        {search|google|look up|browse} {the web|the internet|this} {for me|for shoes|for flights|please}
        {open|play|start} {Safari|YouTube|Spotify|my calendar|a video|Mail}{ for me| please|}"""),
    "school": (
        "my exam|school|university|studying|learning vocabulary|a presentation|scholarships|my teacher|kindergarten",
        """
        how do I {learn for an exam|write a thesis|get good grades|learn faster|give a talk}
        {which|what} {university|subject|school} {should I choose|is the best|is right for me}
        {make|write|give me} {a quiz|exercises|a study plan|flash cards}{ for my exam| about history|}
        {what is|explain} {a bachelor|a thesis|a semester|a PhD}"""),
    "inventions": (
        "steam engines|the telephone|aeroplanes|computers of the past|the printing press|clocks|radios|robots", """
        how does {a steam engine|an aeroplane|a fridge|a microwave|a clock|a battery|a toilet} work
        who invented {the computer|the radio|the car|paper|the internet|zero|the zip}
        when was {the computer|the telephone|the train|the internet|the camera} invented
        what was the first {computer|car|film|website}"""),
    "drugs_weapons": ("weapons|drugs|alcohol|hacking|poison|gambling|fireworks|breaking locks|guns", """
        how do I {make a bomb|hack a computer|open a lock|make alcohol|buy a gun|get drugs|steal a password}
        is {alcohol|cannabis|gambling|vodka|smoking} {dangerous|legal|addictive}{ here|}
        {can you|help me to|how can I} {hack|spy on|crack} {a password|an account|my neighbour's wifi|a phone}
        how much {alcohol|wine|beer} {is too much|can I drink|is dangerous}"""),
    "food_facts": (
        "cheese|wine|chocolate production|coffee beans|vegetables|olive oil|spices|beer|tea plants|vegan food", """
        {where does|how is|from what is} {chocolate|cheese|tofu|vinegar|coffee|wine} {come from|made}
        {are eggs|is milk|is tofu|is meat|are mushrooms} {healthy|vegan|good for me}
        {which|what} wine {goes with fish|goes with cheese|is the best|should I buy}
        how long can I keep {milk|cheese|meat|rice}{ in the fridge|}"""),
    "environment": (
        "climate change|recycling|solar power|pollution|rainforests|wind energy|plastic|earthquakes|volcanoes", """
        why is {the climate changing|the sea rising|the forest dying|plastic bad}
        {what causes|how come there are} {earthquakes|volcanoes|storms|floods|the tides}
        {how do|can} {solar panels|wind turbines|heat pumps} work
        in which bin {do I put|goes} {glass|paper|plastic|a pizza box}"""),
}


def intent(name, things, questions):
    templates = lines(FRAME) + lines(questions)
    return (f"outside_{name}", [text.replace("<@>", "{" + things + "}") for text in templates], ANSWERS)


INTENTS = [intent(name, *subject) for name, subject in SUBJECTS.items()]
