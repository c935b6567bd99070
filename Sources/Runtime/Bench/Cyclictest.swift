import Foundation

/// The rt-tests project's measure of wake-up latency, as a peer.
struct Cyclictest {
    /// Wake-ups by how late they were, in whole microseconds, rounded down.
    struct Histogram {
        var counts: [Int: Int] = [:]
        /// The latest, µs; exact where the histogram ends before it.
        var maximum = 0

        /// The middle of the microsecond in which the nearest-rank percentile lies.
        func percentile(_ fraction: Double) -> Double {
            let total = counts.values.reduce(0, +)
            var seen = 0
            for (latency, count) in counts.sorted(by: { $0.key < $1.key }) {
                seen += count
                if Double(seen) >= fraction * Double(total) { return Double(latency) + 0.5 }
            }
            return Double(maximum)
        }

        /// Reads what `cyclictest -q -h` prints for one thread.
        init(output: String) {
            for line in output.split(separator: "\n") {
                let words = line.split(separator: " ")
                if line.hasPrefix("# Max Latencies:"), let last = words.last { maximum = Int(last) ?? 0 }
                guard !line.hasPrefix("#"), words.count == 2, let latency = Int(words[0]), let count = Int(words[1])
                else { continue }
                if count > 0 { counts[latency] = count }
            }
        }
    }

    let path: String
    let version: String

    /// nil where it is not installed.
    init?() {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/bin"]
        let candidates = folders.map { "\($0)/cyclictest" }
        guard let path = candidates.first(where: FileManager.default.isExecutableFile) else { return nil }
        self.path = path
        guard let help = try? Self.output(of: path, ["--help"], accepting: nil) else { return nil }
        version = help.split(separator: "\n").first.map(String.init) ?? "cyclictest"
    }

    /// Wakes at `rate` Hz for a number of wake-ups.
    ///
    /// - Throws: ``JobError`` where it fails, as without the right to real time.
    func run(rate: Double, wakes: Int, priority: Int, cpu: Int) throws -> Histogram {
        let interval = Int((1e6 / rate).rounded())
        let arguments = [
            "-q", "-m", "-p\(priority)", "-a\(cpu)", "-t1", "-i\(interval)", "-l\(max(1, wakes))", "-h20000",
        ]
        return Histogram(output: try Self.output(of: path, arguments, accepting: 0))
    }

    private static func output(of path: String, _ arguments: [String], accepting status: Int32?) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        if let status, process.terminationStatus != status {
            let reason = text.split(separator: "\n").first.map(String.init) ?? "no reason given"
            throw JobError(.unavailable, "\(path) ended with status \(process.terminationStatus): \(reason)")
        }
        return text
    }
}
