//! A value and where it comes from: the two never part until a report is written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A value as some source tells it, or the reason why none does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact<T> {
    #[serde(rename = "\u{1}value")]
    pub value: Option<T>,
    /// The source; of a missing value, why it is missing.
    #[serde(rename = "\u{1}source")]
    pub source: Cow<'static, str>,
}

const VALUE: &str = "\u{1}value";
const SOURCE: &str = "\u{1}source";

impl<T> Fact<T> {
    pub fn known(value: T, source: impl Into<Cow<'static, str>>) -> Self {
        Self { value: Some(value), source: source.into() }
    }

    pub fn unknown(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { value: None, source: reason.into() }
    }

    /// `value` from `source`, or nothing for `reason`.
    pub fn of(value: Option<T>, source: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        match value {
            Some(value) => Self::known(value, source),
            None => Self::unknown(reason),
        }
    }

    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// This, or what `other` knows if this is missing.
    pub fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        if self.value.is_some() {
            return self;
        }
        let other = other();
        // The first reason is about the better source.
        if other.value.is_some() { other } else { self }
    }

    /// What `read` makes of the value; unknown if it makes nothing of it.
    pub fn map_known<U>(self, read: impl FnOnce(&T) -> Option<U>) -> Fact<U>
    where
        T: std::fmt::Debug,
    {
        match self.value {
            None => Fact::unknown(self.source),
            Some(value) => match read(&value) {
                Some(value) => Fact::known(value, self.source),
                None => Fact::unknown(format!("{} says {value:?}, which cannot be understood", self.source)),
            },
        }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        Fact { value: self.value.map(change), source: self.source }
    }
}

impl<T: Copy> Fact<T> {
    pub fn copied(&self) -> Option<T> {
        self.value
    }
}

/// `value` with every [`Fact`] in it replaced by its plain value, and the source of each under its JSON pointer
/// (RFC 6901). A fact that is a list or an object also names the source of each part.
pub fn split(value: Value) -> (Value, BTreeMap<String, String>) {
    let mut sources = BTreeMap::new();
    let plain = plain(value, "", None, &mut sources);
    (plain, sources)
}

fn plain(value: Value, pointer: &str, source: Option<&str>, sources: &mut BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(mut object) if object.contains_key(VALUE) && object.contains_key(SOURCE) => {
            let source = object.get(SOURCE).and_then(Value::as_str).unwrap_or_default().to_owned();
            sources.insert(pointer.to_owned(), source.clone());
            plain(object.remove(VALUE).unwrap_or_default(), pointer, Some(&source), sources)
        }
        whole @ (Value::Object(_) | Value::Array(_)) if source.is_some() && !sources.contains_key(pointer) => {
            // A list that is empty has no parts that could tell.
            sources.insert(pointer.to_owned(), source.unwrap_or_default().to_owned());
            plain(whole, pointer, source, sources)
        }
        Value::Object(object) => {
            let entries = object.into_iter().map(|(key, value)| {
                let below = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                let value = plain(value, &below, source, sources);
                (key, value)
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(values) => {
            let values = values.into_iter().enumerate();
            Value::Array(values.map(|(at, value)| plain(value, &format!("{pointer}/{at}"), source, sources)).collect())
        }
        leaf => {
            if let Some(source) = source {
                sources.insert(pointer.to_owned(), source.to_owned());
            }
            leaf
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_and_their_sources_are_told_apart() {
        #[derive(Serialize)]
        struct Cores {
            name: &'static str,
            cores: u32,
        }
        #[derive(Serialize)]
        struct Chip {
            name: Fact<&'static str>,
            tier: Fact<&'static str>,
            clusters: Fact<Vec<Cores>>,
            plain: u32,
        }
        let chip = Chip {
            name: Fact::known("Apple M4", "sysctl: x"),
            tier: Fact::unknown("no such thing"),
            clusters: Fact::known(vec![Cores { name: "P", cores: 4 }], "sysctl: y"),
            plain: 7,
        };
        let (value, sources) = split(json!({ "a/b": chip }));
        assert_eq!(
            value,
            json!({ "a/b": { "name": "Apple M4", "tier": null, "clusters": [{ "name": "P", "cores": 4 }], "plain": 7 } })
        );
        let sources: Vec<(&str, &str)> = sources.iter().map(|(at, source)| (at.as_str(), source.as_str())).collect();
        assert_eq!(
            sources,
            [
                ("/a~1b/clusters", "sysctl: y"),
                ("/a~1b/clusters/0", "sysctl: y"),
                ("/a~1b/clusters/0/cores", "sysctl: y"),
                ("/a~1b/clusters/0/name", "sysctl: y"),
                ("/a~1b/name", "sysctl: x"),
                ("/a~1b/tier", "no such thing"),
            ]
        );
    }

    #[test]
    fn the_better_source_goes_first_and_names_what_is_missing() {
        let known = |source: &'static str| Fact::known(1, source);
        assert_eq!(known("first").or_else(|| known("second")).source, "first");
        assert_eq!(Fact::unknown("why").or_else(|| known("second")).source, "second");
        assert_eq!(Fact::<u32>::unknown("why").or_else(|| Fact::unknown("other")).source, "why");
    }
}
