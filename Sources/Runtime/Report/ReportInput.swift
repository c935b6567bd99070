public import Foundation

/// What a report page shows.
public struct ReportInput: Sendable {
    /// The page's heading, such as `Square D0`.
    public var title: String
    /// A line below it.
    public var subtitle: String
    /// Names and values: job, robot, task, seed, versions, machine.
    public var facts: [ReportFact]
    /// The page's sections, in order.
    public var sections: [ReportSection]

    /// Takes everything the page shows.
    public init(title: String, subtitle: String, facts: [ReportFact], sections: [ReportSection]) {
        self.title = title
        self.subtitle = subtitle
        self.facts = facts
        self.sections = sections
    }
}

/// One name and its value.
public struct ReportFact: Sendable {
    /// What it is.
    public var name: String
    /// Its value, with unit.
    public var value: String

    /// Takes both.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One section of the page.
public struct ReportSection: Sendable {
    /// The section's heading.
    public var title: String
    /// What to see in it, in a sentence; may be empty.
    public var note: String
    /// What it shows, in order; charts stand in two columns where there is room.
    public var contents: [ReportContent]

    /// Takes heading, note and contents.
    public init(_ title: String, note: String = "", _ contents: [ReportContent]) {
        self.title = title
        self.note = note
        self.contents = contents
    }
}

/// One thing that a section shows.
public enum ReportContent: Sendable {
    /// Headline numbers.
    case figures([ReportFact])
    /// Success rates with their intervals.
    case successes([ReportSuccess])
    case improvement(ReportImprovement)
    /// Plain sentences: a paragraph of one, a list of several.
    case statements([String])
    case lines(ReportLines)
    case histogram(ReportHistogram)
    case timeline(ReportTimeline)
    case pictures([ReportPicture])
    case table(ReportTable)
}

/// The success of one policy on one task.
public struct ReportSuccess: Sendable {
    /// What was tried.
    public var label: String
    /// How it went.
    public var rate: SuccessRate

    /// Takes both.
    public init(_ label: String, _ rate: SuccessRate) {
        self.label = label
        self.rate = rate
    }
}

/// How often values occurred, on logarithmic axes, with the 50th, 99th and 99.9th percentiles marked.
public struct ReportHistogram: Sendable {
    /// The chart's heading.
    public var title: String
    /// Quantity and unit, such as `lateness (µs)`.
    public var quantity: String
    /// The values; those of 0 and below count as the smallest that the axis shows.
    public var values: [Double]

    /// Takes everything the chart shows.
    public init(_ title: String, quantity: String, values: [Double]) {
        self.title = title
        self.quantity = quantity
        self.values = values
    }
}

/// When something was the case.
public struct ReportTimeline: Sendable {
    /// One line of the chart.
    public struct Row: Sendable {
        /// Its name.
        public var name: String
        /// From when to when.
        public var spans: [ClosedRange<Double>]

        /// Takes name and spans.
        public init(_ name: String, _ spans: [ClosedRange<Double>]) {
            self.name = name
            self.spans = spans
        }
    }

    /// The chart's heading.
    public var title: String
    /// Quantity and unit of the horizontal axis, such as `time (s)`.
    public var horizontal: String
    /// What the axis shows.
    public var range: ClosedRange<Double>
    /// The lines, from the top.
    public var rows: [Row]

    /// Takes everything the chart shows.
    public init(_ title: String, horizontal: String, range: ClosedRange<Double>, rows: [Row]) {
        self.title = title
        self.horizontal = horizontal
        self.range = range
        self.rows = rows
    }
}

/// A picture.
public struct ReportPicture: Sendable {
    /// The file's bytes, PNG.
    public var png: Data
    /// What it shows; read out to those who cannot see it.
    public var caption: String

    /// Takes both.
    public init(png: Data, caption: String) {
        self.png = png
        self.caption = caption
    }
}

/// Rows of texts.
public struct ReportTable: Sendable {
    /// The columns' headings.
    public var header: [String]
    /// As many texts a row as there are headings.
    public var rows: [[String]]
    /// What it shows; may be empty.
    public var caption: String

    /// Takes everything the table shows.
    public init(header: [String], rows: [[String]], caption: String = "") {
        self.header = header
        self.rows = rows
        self.caption = caption
    }
}
