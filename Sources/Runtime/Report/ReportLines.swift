/// Curves over one axis.
public struct ReportLines: Sendable {
    /// What a curve looks like.
    public struct Look: Hashable, Sendable {
        /// How a curve is broken up.
        public enum Stroke: String, Hashable, Sendable {
            case solid, dashed, dotted
        }

        /// The number of its colour; those from 8 on are the first ones again.
        public var colour: Int
        /// How it is broken up.
        public var stroke: Stroke

        /// Takes both.
        public init(colour: Int, _ stroke: Stroke = .solid) {
            self.colour = colour
            self.stroke = stroke
        }

        /// The colour of a legend's entry that is about strokes alone.
        public static let neutral = -1

        var style: String { "\(colour == Self.neutral ? "sign0" : "s\(colour % 8)") \(stroke.rawValue)" }
    }

    /// One curve.
    public struct Series: Sendable {
        /// Its name in the legend.
        public var name: String
        /// x and y, in rising x; points that are not finite are left out.
        public var points: [SIMD2<Double>]
        /// What it looks like; nil chooses by its number.
        public var look: Look?

        /// Takes name, points and look.
        public init(_ name: String, _ points: [SIMD2<Double>], look: Look? = nil) {
            self.name = name
            self.points = points
            self.look = look
        }
    }

    /// One entry of the legend.
    public struct Key: Sendable {
        /// What it says.
        public var name: String
        /// Of which curves.
        public var look: Look

        /// Takes both.
        public init(_ name: String, _ look: Look) {
            self.name = name
            self.look = look
        }
    }

    /// The chart's heading.
    public var title: String
    /// Quantity and unit of the horizontal axis.
    public var horizontal: String
    /// Quantity and unit of the vertical axis.
    public var vertical: String
    /// Whether the vertical axis is logarithmic; values of 0 and below are then left out.
    public var isLogarithmic: Bool
    /// At most eight curves can be told apart, unless their looks say which belong together.
    public var series: [Series]
    /// The legend; nil names every curve where there are several.
    public var keys: [Key]?

    /// Takes everything the chart shows.
    public init(
        _ title: String, horizontal: String, vertical: String, isLogarithmic: Bool = false, series: [Series],
        keys: [Key]? = nil
    ) {
        self.title = title
        self.horizontal = horizontal
        self.vertical = vertical
        self.isLogarithmic = isLogarithmic
        self.series = series
        self.keys = keys
    }
}
