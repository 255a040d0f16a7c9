//! The figures of a case as a bar chart, readable on a light and on a dark page.

use std::fmt::Write as _;

use crate::case::Case;
use crate::program::Program;
use crate::results::Programs;
use crate::table::precise;

/// Pixels.
const WIDTH: f64 = 760.0;
const LABELS: f64 = 260.0;
const VALUES: f64 = 80.0;
const BAR: f64 = 16.0;
const GAP: f64 = 8.0;
const TITLE: f64 = 34.0;
/// A figure that is almost nothing beside the longest is still there to be seen.
const SHORTEST: f64 = 2.0;

const STYLE: &str = "text { font: 13px system-ui, sans-serif; fill: #24292f } \
    .title { font-weight: 600 } .value { fill: #57606a } .peer { fill: #8c959f } .ours { fill: #1a7f64 } \
    .floor { fill: none; stroke: #8c959f } \
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .value { fill: #9198a1 } .peer { fill: #656c76 } \
    .ours { fill: #3fb68b } .floor { stroke: #656c76 } }";

/// A bar for each program, to the scale of the slowest. One without a figure has none.
pub(crate) fn svg(case: &Case, programs: &Programs) -> String {
    let figures: Vec<(Program, f64)> =
        programs.iter().filter_map(|(program, row)| Some((*program, row.seconds()?))).collect();
    let longest = figures.iter().map(|(_, seconds)| *seconds).fold(f64::MIN_POSITIVE, f64::max);
    let mut body = format!("<text class=\"title\" x=\"0\" y=\"20\">{case}</text>\n");
    let mut top = TITLE;
    for (program, seconds) in figures {
        let length = (seconds / longest * (WIDTH - LABELS - VALUES)).max(SHORTEST);
        let class = match program {
            Program::S3Deploy => "ours",
            floor if floor.is_floor() => "floor",
            _ => "peer",
        };
        let (line, behind) = (top + BAR - 3.0, LABELS + length + 6.0);
        let (name, value) = (program.name(), precise(seconds, " s"));
        let _ = write!(
            body,
            "<text x=\"0\" y=\"{line:.0}\">{name}</text>\n\
             <rect class=\"{class}\" x=\"{LABELS}\" y=\"{top:.0}\" width=\"{length:.1}\" height=\"{BAR}\"/>\n\
             <text class=\"value\" x=\"{behind:.1}\" y=\"{line:.0}\">{value}</text>\n"
        );
        top += BAR + GAP;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top:.0}\" role=\"img\">\n\
         <title>{case}: seconds of each program</title>\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Results;
    use crate::results::tests::row;
    use crate::workload::Workload;

    #[test]
    fn bars_are_to_scale_and_ours_stands_out() {
        let case = Case { workload: Workload::Cold, limit: None, latency: Some(30) };
        let mut results = Results::default();
        for (program, seconds) in
            [(Program::S3Deploy, 1.0), (Program::AwsCli, 10.0), (Program::BarePut, 0.01)]
        {
            *results.row(case, program) = row(&[seconds]);
        }
        results.row(case, Program::S5cmd).fault = Some("no figure".into());
        let svg = svg(&case, &results.cases[&case]);
        for part in [
            r#"<rect class="ours" x="260" y="34" width="42.0""#,
            r#"<rect class="peer" x="260" y="58" width="420.0""#,
            r#"<rect class="floor" x="260" y="82" width="2.0""#,
            r#"viewBox="0 0 760 106""#,
            ">10.0 s<",
        ] {
            assert!(svg.contains(part), "{part}\n{svg}");
        }
        assert!(!svg.contains("s5cmd"), "{svg}");
    }
}
