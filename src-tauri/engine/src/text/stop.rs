//! Stop strings: found across pieces of text, and never shown in part.

/// Watches a stream of text for the first of several strings.
pub struct StopStrings {
    stops: Vec<String>,
    /// Text that may be the beginning of a stop string.
    held: String,
}

/// What a piece of text led to.
#[derive(Debug, PartialEq, Eq)]
pub enum Watched {
    /// This much is certain not to belong to a stop string.
    Text(String),
    /// A stop string came; this is the text before it.
    Stopped(String),
}

impl StopStrings {
    /// Empty strings are dropped.
    pub fn new(stops: &[String]) -> Self {
        Self { stops: stops.iter().filter(|stop| !stop.is_empty()).cloned().collect(), held: String::new() }
    }

    pub fn push(&mut self, piece: &str) -> Watched {
        if self.stops.is_empty() {
            return Watched::Text(piece.to_owned());
        }
        self.held.push_str(piece);
        if let Some(at) = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min() {
            let mut text = std::mem::take(&mut self.held);
            text.truncate(at);
            return Watched::Stopped(text);
        }
        let is_beginning = |tail: &str| self.stops.iter().any(|stop| stop.starts_with(tail));
        let certain = self
            .held
            .char_indices()
            .map(|(at, _)| at)
            .find(|&at| is_beginning(&self.held[at..]))
            .unwrap_or(self.held.len());
        let rest = self.held.split_off(certain);
        Watched::Text(std::mem::replace(&mut self.held, rest))
    }

    /// The text still held back, once no more comes.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_stops_across_pieces_and_holds_back_only_their_beginnings() {
        let mut stops = StopStrings::new(&["END".into(), "stop it".into()]);
        assert_eq!(stops.push("one E"), Watched::Text("one ".into()));
        assert_eq!(stops.push("N"), Watched::Text(String::new()));
        assert_eq!(stops.push("joy s"), Watched::Text("ENjoy ".into()));
        assert_eq!(stops.push("top it now"), Watched::Stopped(String::new()));
        let mut stops = StopStrings::new(&["\n\n".into()]);
        assert_eq!(stops.push("a\n"), Watched::Text("a".into()));
        assert_eq!(stops.finish(), "\n");
        assert_eq!(StopStrings::new(&[String::new()]).push("é"), Watched::Text("é".into()));
    }
}
