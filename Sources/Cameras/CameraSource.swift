/// Where a real camera's pictures come from.
public enum CameraSource: Hashable, Sendable {
    /// A video device, such as `/dev/v4l/by-id/usb-…-video-index0`.
    case device(String)
    /// GStreamer elements that end in pictures of any format, such as `rtspsrc location=… ! decodebin`, as
    /// `gst-launch-1.0` takes them.
    case pipeline(String)
}

/// Why a camera could not be started.
public struct CameraError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The camera's name.
    public var camera: String
    /// What is wrong with it, and what would be right.
    public var message: String

    /// An error of a camera.
    public init(camera: String, message: String) {
        self.camera = camera
        self.message = message
    }

    /// The camera, and what is wrong with it.
    public var description: String { "camera '\(camera)': \(message)" }
}
