// What the fake backend says. The markup in one answer shows that model output stays inert.
const hardening = `Hammering a metal while it is cold changes how its crystals are arranged, and that makes it harder.

1. A metal is made of small crystals, called grains. Inside each grain the atoms sit in tidy rows, with a few faults in them called dislocations.
2. A metal bends when those faults slide through the rows. Moving one fault takes far less force than moving a whole row at once, which is why metals can be shaped at all.
3. Every blow makes many more faults. They run into one another and into the edges of the grains, and get stuck.

With the faults stuck, the next bend needs more force. Smiths call this work hardening; the price is that the metal also becomes brittle.

A rough rule, where d is the dislocation density:

    strength = s0 + k * sqrt(d)

In a web page you would write the root as <b>&radic;d</b>, which this window shows as plain text.`;

const annealing =
  'Yes: heating the metal to a dull red and letting it cool slowly allows new, undamaged grains to grow, which is called annealing. It ends up as soft as before, and can be hammered again.';

const everything = `<think>
The reader wants to see every kind of block. Start with a heading.
</think>
## Alloys in brief

An **alloy** mixes metals; some are *much* harder than their parts, and \`CuSn\` is ~~tin~~ bronze.

- Copper with tin
- Copper with zinc

> Not every mixture is an alloy.

| Alloy | Melts at |
|---|--:|
| Bronze | 950 °C |
| Brass | 930 °C |

\`\`\`python
def melts(alloy, degrees):
    return degrees >= POINTS[alloy]
\`\`\`

More is at [the museum](https://example.com/alloys).`;

const plain = 'That is a good question. This answer comes from the browser preview, so it is always the same.';

export function answerTo(question: string): string {
  if (question.includes('hammering')) return hardening;
  if (question.includes('everything')) return everything;
  if (question.includes('undone')) return annealing;
  return plain;
}
