/// A place in a file.
public struct SourcePosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The file, as it was asked for.
    public var path: String
    /// From 1; 0 stands for the file as a whole.
    public var line: Int
    /// From 1, in characters.
    public var column: Int

    /// Takes its parts.
    public init(path: String, line: Int, column: Int) {
        self.path = path
        self.line = line
        self.column = column
    }

    /// The file as a whole.
    public init(path: String) {
        self.init(path: path, line: 0, column: 0)
    }

    /// By file, then line, then column.
    public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.path, left.line, left.column) < (right.path, right.line, right.column)
    }

    /// `path:line:column`, or the path alone for the file as a whole.
    public var description: String {
        line == 0 ? path : "\(path):\(line):\(column)"
    }
}
