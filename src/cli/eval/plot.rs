//! Plots the curve as an SVG 1.1 file with axes, lines and a legend.
//! Lines differ in colour and in dashes, so that they are distinct in grey and for colour-blind people.

use std::fmt::{self, Write};

use super::curve::{Curve, Point};

// All lengths are in the units of the picture; browsers draw a unit as a pixel.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 480.0;
/// The position of the axes.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 730.0;
const TOP: f64 = 96.0;
const BOTTOM: f64 = 420.0;
/// The number of grid intervals on each axis.
const GRID_INTERVALS: u8 = 10;
/// The length of a line's sample in the legend.
const SAMPLE: f64 = 34.0;

/// A line of the plot.
struct PlotLine {
    name: &'static str,
    /// From the palette of Okabe & Ito (2008), which is distinct for colour-blind people.
    colour: &'static str,
    dashes: &'static str,
    /// The position of its legend.
    legend: f64,
    count: fn(&Point) -> usize,
    total: fn(&Curve) -> usize,
}

const LINES: [PlotLine; 3] = [
    PlotLine {
        name: "right, of answerable",
        colour: "#0072b2",
        dashes: "none",
        legend: LEFT,
        count: |point| point.right,
        total: |curve| curve.answerable,
    },
    PlotLine {
        name: "wrong, of answerable",
        colour: "#d55e00",
        dashes: "9 4",
        legend: LEFT + 215.0,
        count: |point| point.wrong,
        total: |curve| curve.answerable,
    },
    PlotLine {
        name: "answered, of unanswerable",
        colour: "#000000",
        dashes: "2 4",
        legend: LEFT + 430.0,
        count: |point| point.unanswerable_answered,
        total: |curve| curve.unanswerable,
    },
];

/// Plots a curve, without the lines that have no questions.
pub(super) fn svg(curve: &Curve) -> String {
    let mut picture = String::new();
    // Writing to a String cannot fail.
    let _ = draw(curve, &mut picture);
    picture
}

fn draw(curve: &Curve, svg: &mut String) -> fmt::Result {
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" fill="#222">"##
    )?;
    writeln!(svg, "<title>Answers at each answer threshold</title>")?;
    writeln!(svg, r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>"#)?;
    let questions = format!("{} answerable and {} unanswerable questions", curve.answerable, curve.unanswerable);
    writeln!(svg, r#"<text x="{LEFT}" y="30" font-size="17">Answers at each answer threshold</text>"#)?;
    writeln!(svg, r#"<text x="{LEFT}" y="50">{questions}</text>"#)?;
    axes(svg)?;
    threshold(curve.answer_threshold, svg)?;
    for line in LINES.iter().filter(|line| (line.total)(curve) > 0) {
        line.draw(curve, svg)?;
    }
    writeln!(svg, "</svg>")
}

/// The horizontal position of a fraction: 0 is at the left, 1 at the right.
fn x_of(fraction: f64) -> f64 {
    LEFT + fraction * (RIGHT - LEFT)
}

/// The vertical position of a fraction: 0 is at the bottom, 1 at the top.
fn y_of(fraction: f64) -> f64 {
    BOTTOM - fraction * (BOTTOM - TOP)
}

fn axes(svg: &mut String) -> fmt::Result {
    for step in 0..=GRID_INTERVALS {
        let part = f64::from(step) / f64::from(GRID_INTERVALS);
        let (x, y) = (x_of(part), y_of(part));
        let grey = if step == 0 { "#222" } else { "#ddd" };
        writeln!(svg, r#"<path d="M{LEFT} {y:.1}H{RIGHT}M{x:.1} {BOTTOM}V{TOP}" stroke="{grey}"/>"#)?;
        writeln!(
            svg,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{:.0}%</text>"#,
            LEFT - 8.0,
            y + 4.5,
            100.0 * part
        )?;
        writeln!(svg, r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle">{part:.1}</text>"#, BOTTOM + 20.0)?;
    }
    writeln!(
        svg,
        r#"<text x="{:.1}" y="{:.1}" text-anchor="middle">answer threshold</text>"#,
        x_of(0.5),
        BOTTOM + 44.0
    )?;
    let (x, y) = (22.0, y_of(0.5));
    writeln!(
        svg,
        r#"<text transform="translate({x} {y:.1}) rotate(-90)" text-anchor="middle">share of questions</text>"#
    )
}

/// Marks the current threshold, if it is on the axis.
fn threshold(threshold: f32, svg: &mut String) -> fmt::Result {
    if !(0.0..=1.0).contains(&threshold) {
        return Ok(());
    }
    let x = x_of(f64::from(threshold));
    // The label is on the side of the mark that has enough space.
    let (anchor, text) = if threshold > 0.8 { ("end", x - 6.0) } else { ("start", x + 6.0) };
    writeln!(svg, r##"<path d="M{x:.1} {BOTTOM}V{TOP}" stroke="#888" stroke-width="1.5"/>"##)?;
    writeln!(
        svg,
        r##"<text x="{text:.1}" y="{:.1}" text-anchor="{anchor}" fill="#666">now {threshold}</text>"##,
        TOP + 16.0
    )
}

impl PlotLine {
    fn draw(&self, curve: &Curve, svg: &mut String) -> fmt::Result {
        let Self { name, colour, dashes, legend, .. } = self;
        let stroke = format!(r#"fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}""#);
        let end = legend + SAMPLE;
        writeln!(svg, r#"<path d="M{legend} 74H{end}" {stroke}/><text x="{}" y="78.5">{name}</text>"#, end + 7.0)?;
        write!(svg, r#"<polyline {stroke} points=""#)?;
        for point in &curve.points {
            let share = (self.count)(point) as f64 / (self.total)(curve) as f64;
            write!(svg, "{:.1},{:.1} ", x_of(f64::from(point.threshold)), y_of(share))?;
        }
        writeln!(svg, r#""/>"#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(unanswerable: usize, answer_threshold: f32) -> Curve {
        let point =
            |threshold, right, wrong, unanswerable_answered| Point { threshold, right, wrong, unanswerable_answered };
        let points = vec![point(0.0, 4, 0, unanswerable), point(0.5, 2, 1, 0), point(1.0, 0, 0, 0)];
        Curve { answer_threshold, answerable: 4, unanswerable, points }
    }

    #[test]
    fn lines_go_through_their_points() {
        let svg = svg(&curve(3, 0.55));
        for points in [
            "70.0,96.0 400.0,258.0 730.0,420.0",
            "70.0,420.0 400.0,339.0 730.0,420.0",
            "70.0,96.0 400.0,420.0 730.0,420.0",
        ] {
            assert_eq!(svg.matches(points).count(), 1, "{points}: {svg}");
        }
        for words in [
            "right, of answerable<",
            "wrong, of answerable<",
            "answered, of unanswerable<",
            "4 answerable and 3 unanswerable",
            "now 0.55<",
        ] {
            assert_eq!(svg.matches(words).count(), 1, "{words}: {svg}");
        }
    }

    #[test]
    fn lines_without_questions_and_thresholds_off_the_axis_are_omitted() {
        for (unanswerable, threshold, lines, marks) in
            [(3, 0.9, 3, 1), (0, 0.9, 2, 1), (3, 1.1, 3, 0), (3, f32::NAN, 3, 0)]
        {
            let svg = svg(&curve(unanswerable, threshold));
            assert_eq!((svg.matches("<polyline").count(), svg.matches(">now ").count()), (lines, marks), "{svg}");
            assert!(!svg.contains("NaN"), "{svg}");
        }
    }
}
