/// How a picture of one size lies in one of another when its proportions are kept: in the middle, with what is left over in
/// equal parts on both sides. As `openpi_client.image_tools.resize_with_pad` rounds it.
public struct ImageFit: Hashable, Sendable {
    /// Pixels across that are filled.
    public var width: Int
    /// Pixels down that are filled.
    public var height: Int
    /// Pixels left over on the left.
    public var left: Int
    /// Pixels left over at the top.
    public var top: Int

    /// The fit of a picture of size `source` in one of size `target`; all at least 1.
    public init(of source: (width: Int, height: Int), in target: (width: Int, height: Int)) {
        let shrinkage = max(
            Double(source.width) / Double(target.width), Double(source.height) / Double(target.height))
        if source == target {
            (width, height) = source
        } else {
            // A picture much longer than wide keeps at least a line.
            width = max(1, Int(Double(source.width) / shrinkage))
            height = max(1, Int(Double(source.height) / shrinkage))
        }
        left = (target.width - width) / 2
        top = (target.height - height) / 2
    }
}
