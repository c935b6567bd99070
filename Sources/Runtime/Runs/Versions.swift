import Simulation

/// Versions of this program and of what it is linked with, for run folders and episode files.
public enum Versions {
    /// This program's.
    public static let program = "0.1.0"

    /// By name.
    public static var all: [String: String] {
        ["steadyhand": program, "mujoco": Physics.version]
    }
}
