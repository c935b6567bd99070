import Foundation

/// Standard error, where progress and complaints go. Nobody may be listening any more: a run on a robot does not end for that.
public enum StandardError {
    /// Writes a text, as far as it is taken.
    public static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
