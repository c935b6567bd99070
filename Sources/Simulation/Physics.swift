import CMuJoCo

/// The physics library that this program runs with.
public enum Physics {
    /// Its version, such as `4.0.1`.
    public static var version: String { String(cString: mj_versionString()) }

    /// Checks that the library is the one whose headers this program was built with.
    ///
    /// - Throws: ``SceneError`` if it is another.
    public static func checkVersion() throws(SceneError) {
        guard mj_version() == mjVERSION_HEADER else {
            throw SceneError(
                "this program was built for MuJoCo \(mjVERSION_HEADER), but MuJoCo \(version) was loaded: build it again"
            )
        }
    }
}
