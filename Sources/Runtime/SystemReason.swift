import Foundation

/// Why Foundation could not do something with a file, as the operating system says it: `No space left on device`.
enum SystemReason {
    /// The reason alone.
    static func of(_ error: any Error) -> String {
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        guard let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError else {
            return error.localizedDescription
        }
        return of(underlying)
    }
}
