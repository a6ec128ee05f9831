//! Samples on the axis of time, and the gaps between them.

use std::time::Duration;

use crate::monitor::Sample;

/// The time that a chart shows, ending with its newest sample.
pub struct Axis<'a> {
    /// Seconds from the left edge to the right.
    pub span: f64,
    /// Samples within it, each with its place in seconds from the left edge.
    pub points: Vec<(f64, &'a Sample)>,
    /// Two samples farther apart than this have a gap between them, in seconds.
    gap: f64,
}

/// A chart of a single moment is as wide as this, in seconds.
const LEAST_SPAN: f64 = 1.0;

impl<'a> Axis<'a> {
    pub fn new(samples: &'a [Sample], span: Option<Duration>) -> Self {
        let last = samples.iter().rev().find_map(|sample| sample.time);
        let ago = |sample: &Sample| Some(last?.duration_since(sample.time?).as_secs_f64());
        let timed: Vec<(f64, &Sample)> = samples.iter().filter_map(|sample| Some((ago(sample)?, sample))).collect();
        let oldest = timed.iter().map(|(ago, _)| *ago).fold(0.0, f64::max);
        let span = span.map_or(oldest, |span| span.as_secs_f64()).max(LEAST_SPAN);
        let points = timed.into_iter().filter(|(ago, _)| (0.0..=span).contains(ago));
        let points: Vec<(f64, &Sample)> = points.map(|(ago, sample)| (span - ago, sample)).collect();
        let mut steps: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        steps.sort_by(f64::total_cmp);
        let usual = steps.get(steps.len() / 2).copied().unwrap_or(LEAST_SPAN);
        Self { span, points, gap: (3.0 * usual).max(0.5) }
    }

    /// The values of `of`, as runs without a gap.
    pub fn runs(&self, of: impl Fn(&Sample) -> Option<f64>) -> Vec<Vec<(f64, f64)>> {
        let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut last = f64::NEG_INFINITY;
        for &(at, sample) in &self.points {
            let Some(value) = of(sample).filter(|value| value.is_finite()) else {
                last = f64::NEG_INFINITY;
                continue;
            };
            if at - last > self.gap {
                runs.push(Vec::new());
            }
            if let Some(run) = runs.last_mut() {
                run.push((at, value));
            }
            last = at;
        }
        runs
    }

    /// Where the axis is labelled: seconds from the left edge, and the words.
    pub fn labels(&self) -> [(f64, String); 3] {
        let words = |ago: f64| match ago {
            ago if ago < 0.05 => "now".to_owned(),
            ago if ago >= 120.0 => format!("{} min ago", (ago / 6.0).round() / 10.0),
            ago if ago >= 10.0 => format!("{ago:.0} s ago"),
            ago => format!("{ago:.1} s ago"),
        };
        [0.0, 0.5, 1.0].map(|part| (part * self.span, words(self.span * (1.0 - part))))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn sample(second: i64, value: Option<f32>) -> Sample {
        let mut sample = Sample { time: Timestamp::from_second(1_760_000_000 + second).ok(), ..Sample::default() };
        sample.gpu.utilization = value;
        sample
    }

    #[test]
    fn lines_break_where_nothing_was_seen() {
        let mut samples: Vec<Sample> = (0..10).map(|second| sample(second, Some(0.5))).collect();
        samples[4].gpu.utilization = None;
        samples.extend((60..65).map(|second| sample(second, Some(0.25))));
        let axis = Axis::new(&samples, None);
        let runs = axis.runs(|sample| sample.gpu.utilization.map(f64::from));
        assert_eq!(runs.iter().map(Vec::len).collect::<Vec<_>>(), [4, 5, 5]);
        assert_eq!((axis.span, runs[0][0], runs[2][4]), (64.0, (0.0, 0.5), (64.0, 0.25)));
    }

    #[test]
    fn only_the_time_that_is_shown_counts() {
        let samples: Vec<Sample> = (0..100).map(|second| sample(second, Some(0.0))).collect();
        let axis = Axis::new(&samples, Some(Duration::from_secs(30)));
        assert_eq!((axis.points.len(), axis.points[0].0), (31, 0.0));
        assert_eq!(axis.labels().map(|(_, words)| words), ["30 s ago", "15 s ago", "now"]);
        let axis = Axis::new(&samples, Some(Duration::from_secs(600)));
        assert_eq!(axis.points[0].0, 501.0, "little history stands at the right");
        assert_eq!(axis.labels().map(|(_, words)| words), ["10 min ago", "5 min ago", "now"]);
        assert!(Axis::new(&[], None).points.is_empty());
    }
}
