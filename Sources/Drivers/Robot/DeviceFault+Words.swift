public import Robots

extension DeviceFault {
    /// What it says, in words: `overload, voltage`.
    public var words: String {
        let all: [(DeviceFault, String)] = [
            (.noReply, "no reply"), (.garbledReply, "garbled reply"), (.overload, "overload"),
            (.overheated, "too hot"), (.voltage, "voltage"), (.sensor, "sensor"), (.stopped, "stopped"),
        ]
        let words = all.filter { contains($0.0) }.map(\.1)
        return words.isEmpty ? "no fault" : words.joined(separator: ", ")
    }
}
