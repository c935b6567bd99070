import Foundation

/// What the figures were measured on.
struct BenchMachine: Codable, Hashable, Sendable {
    /// The processor's name.
    var processor: String
    /// Processors that this process may use.
    var processors: Int
    /// Tasks that ran or waited to run in the last minute, on average, before anything was measured.
    var load: Double
    /// `release` or `debug`.
    var build: String

    /// This machine, now.
    static func current() -> BenchMachine {
        var loads = [0.0, 0, 0]
        // -1 where the kernel does not say.
        let count = getloadavg(&loads, 3)
        #if DEBUG
            let build = "debug"
        #else
            let build = "release"
        #endif
        return BenchMachine(
            processor: processorName() ?? "unknown", processors: ProcessInfo.processInfo.activeProcessorCount,
            load: count > 0 ? loads[0] : -1, build: build)
    }

    private static func processorName() -> String? {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("model name") }) else { return nil }
        return line.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    var text: String {
        let caution = build == "debug" ? "; a debug build: its figures say little" : ""
        return "\(processors) × \(processor), load \(Results.rounded(load, digits: 3))\(caution)"
    }
}
