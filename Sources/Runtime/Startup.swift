import Policies
import Simulation

/// What has to be right before anything else is done.
public enum Startup {
    /// Checks the processor's instructions and the physics library's version.
    ///
    /// - Throws: ``PolicyError`` or ``SceneError`` that says what is missing.
    public static func check() throws {
        try ProcessorCheck.run()
        try Physics.checkVersion()
    }
}
