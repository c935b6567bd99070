import Foundation
import Testing

/// Looks into episode files with the ecosystem's own reader, h5py.
enum Episode {
    /// All numbers of a dataset of the episode, as text.
    static func numbers(_ name: String, in path: String) throws -> String {
        try python(
            "import h5py,sys; print(h5py.File(sys.argv[1],'r')['data/demo_0/'+sys.argv[2]][()].tobytes().hex())",
            path, name)
    }

    /// How many control steps h5py finds.
    static func stepCount(in path: String) throws -> Int {
        try #require(
            Int(try python("import h5py,sys; print(len(h5py.File(sys.argv[1],'r')['data/demo_0/actions']))", path)))
    }

    /// Changes the lowest bit of a torque that was executed.
    static func changeExecutedTorque(in path: String, cycle: Int) throws {
        _ = try python(
            """
            import h5py,sys,numpy
            torques = h5py.File(sys.argv[1],'r+')['data/demo_0/control/executed/joint_torques']
            row = torques[int(sys.argv[2])]
            row.view(numpy.uint64)[0] ^= numpy.uint64(1)
            torques[int(sys.argv[2])] = row
            """, path, String(cycle))
    }

    private static func python(_ program: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", program] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(complaint)")
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
