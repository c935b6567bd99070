import Foundation

/// The frame that all charts share: a heading, axes, and a place for the drawing.
struct Chart {
    static let left = 58.0
    static let top = 14.0

    /// One entry of a legend.
    struct Key {
        /// SVG elements in a box of 24 × 12.
        var symbol: String
        var name: String
    }

    var title: String
    /// What the chart says, for those who cannot see it.
    var summary: String
    var width = 560.0
    var height = 270.0
    /// What is free to the right of the axes.
    var margin = 24.0
    var horizontal: String
    var vertical: String
    /// SVG elements.
    var drawing: [String] = []
    /// Below the drawing.
    var legend: [Key] = []

    var right: Double { width - margin }
    var bottom: Double { height - 44 }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        let points = [x1, y1, x2, y2].map(HTML.coordinate)
        drawing.append(
            "<line class=\"\(style)\" x1=\"\(points[0])\" y1=\"\(points[1])\" x2=\"\(points[2])\" y2=\"\(points[3])\"/>"
        )
    }

    mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String) {
        let numbers = [x, y, width, height].map(HTML.coordinate)
        drawing.append(
            "<rect class=\"\(style)\" x=\"\(numbers[0])\" y=\"\(numbers[1])\" width=\"\(numbers[2])\" "
                + "height=\"\(numbers[3])\"/>")
    }

    mutating func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String, _ style: String = "tick") {
        drawing.append(
            "<text class=\"\(style)\" x=\"\(HTML.coordinate(x))\" y=\"\(HTML.coordinate(y))\" "
                + "text-anchor=\"\(anchor)\">\(HTML.escape(text))</text>")
    }

    /// Marks and numbers below the drawing.
    mutating func horizontalAxis(_ scale: ChartScale) {
        for tick in scale.ticks {
            let x = scale.position(tick)
            line(x, bottom, x, bottom + 4, "axis")
            text(HTML.number(tick), x, bottom + 17, "middle")
        }
        line(Self.left, bottom, right, bottom, "axis")
    }

    /// Lines across the drawing and numbers beside it.
    mutating func verticalAxis(_ scale: ChartScale) {
        for tick in scale.ticks {
            let y = scale.position(tick)
            line(Self.left, y, right, y, "grid")
            text(HTML.number(tick), Self.left - 7, y + 4, "end")
        }
    }

    /// The legend's sign for a curve of these classes.
    static func lineKey(_ name: String, _ style: String) -> Key {
        Key(symbol: "<line class=\"\(style)\" x1=\"1\" y1=\"6\" x2=\"23\" y2=\"6\"/>", name: name)
    }

    var html: String {
        let labels =
            "<text class=\"label\" x=\"\(HTML.coordinate((Self.left + right) / 2))\" "
            + "y=\"\(HTML.coordinate(height - 8))\" text-anchor=\"middle\">\(HTML.escape(horizontal))</text>"
            + (vertical.isEmpty
                ? ""
                : "<text class=\"label\" transform=\"translate(13 \(HTML.coordinate((Self.top + bottom) / 2))) "
                    + "rotate(-90)\" text-anchor=\"middle\">\(HTML.escape(vertical))</text>")
        let names = legend.map { key in
            "<li><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\">\(key.symbol)</svg>\(HTML.escape(key.name))</li>"
        }
        return """
            <figure class="chart\(width > 600 ? " wide" : "")">
            <figcaption>\(HTML.escape(title))</figcaption>
            <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="\(HTML.escape(summary))">
            \(drawing.joined(separator: "\n"))
            \(labels)
            </svg>
            \(names.isEmpty ? "" : "<ul class=\"legend\">\(names.joined())</ul>")
            </figure>
            """
    }

    /// A chart's place where there is nothing to draw.
    static func empty(_ title: String) -> String {
        "<figure class=\"chart\"><figcaption>\(HTML.escape(title))</figcaption><p class=\"nothing\">no data</p></figure>"
    }
}
