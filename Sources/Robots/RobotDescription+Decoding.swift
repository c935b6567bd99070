public import Configuration

extension RobotDescription {
    /// Reads a robot file.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is wrong with the file.
    public static func load(path: String) throws(ConfigurationError) -> RobotDescription {
        throw ConfigurationError(SourcePosition(path: path), "cannot be read")
    }
}
