public import Configuration

extension JobConfiguration {
    /// Reads a job file.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is wrong with the file.
    public static func load(path: String) throws(ConfigurationError) -> JobConfiguration {
        throw ConfigurationError(SourcePosition(path: path), "cannot be read")
    }
}
