internal import CGStreamer

/// A video device of this machine.
public struct VideoDevice: Equatable, Sendable {
    /// What it calls itself.
    public var name: String
    /// What a job file names it by, such as `/dev/video0`; empty where the system does not say.
    public var path: String
    /// What pictures it gives, such as `YUY2 640 × 480 at 30, 15 Hz`.
    public var formats: [String]

    /// See the properties.
    public init(name: String, path: String, formats: [String]) {
        self.name = name
        self.path = path
        self.formats = formats
    }
}

/// The video devices that GStreamer finds.
public enum VideoDevices {
    /// All of them.
    ///
    /// - Throws: ``CameraError`` if GStreamer does not start or cannot look.
    public static func all() throws(CameraError) -> [VideoDevice] {
        guard GStreamerPipeline.start(), let monitor = gst_device_monitor_new() else {
            throw CameraError(camera: "any", message: "GStreamer does not start: run tools/setup")
        }
        defer { gst_object_unref(monitor) }
        gst_device_monitor_add_filter(monitor, "Video/Source", nil)
        guard gst_device_monitor_start(monitor) != 0 else {
            throw CameraError(
                camera: "any", message: "GStreamer cannot look for video devices: install gstreamer1.0-plugins-good")
        }
        defer { gst_device_monitor_stop(monitor) }
        var devices: [VideoDevice] = []
        let list = gst_device_monitor_get_devices(monitor)
        var entry = list
        while let node = entry {
            if let device = node.pointee.data?.assumingMemoryBound(to: GstDevice.self) {
                devices.append(describe(device))
                gst_object_unref(device)
            }
            entry = node.pointee.next
        }
        g_list_free(list)
        return devices
    }

    private static func describe(_ device: UnsafeMutablePointer<GstDevice>) -> VideoDevice {
        let name = gst_device_get_display_name(device)
        defer { g_free(name) }
        var path = ""
        if let properties = gst_device_get_properties(device) {
            for key in ["device.path", "api.v4l2.path"] where path.isEmpty {
                if let text = gst_structure_get_string(properties, key) { path = TerminalText.line(text) }
            }
            gst_structure_free(properties)
        }
        var formats: [String] = []
        if let caps = gst_device_get_caps(device) {
            formats = describe(caps)
            gst_caps_unref(caps)
        }
        return VideoDevice(name: name.map { TerminalText.line($0) } ?? "", path: path, formats: formats)
    }

    /// What pictures there are, from GStreamer's own description of them.
    ///
    /// - Throws: ``CameraError`` if it is none.
    static func formats(_ description: String) throws(CameraError) -> [String] {
        guard GStreamerPipeline.start(), let caps = gst_caps_from_string(description) else {
            throw CameraError(camera: "any", message: "'\(description)' describes no pictures")
        }
        defer { gst_caps_unref(caps) }
        return describe(caps)
    }

    private static func describe(_ caps: UnsafeMutablePointer<GstCaps>) -> [String] {
        var formats: [String] = []
        for index in 0..<gst_caps_get_size(caps) {
            guard let structure = gst_caps_get_structure(caps, index) else { continue }
            let line = describe(structure)
            if !formats.contains(line) { formats.append(line) }
        }
        return formats
    }

    private static func describe(_ structure: UnsafeMutablePointer<GstStructure>) -> String {
        func value(_ name: String) -> String? {
            guard let value = gst_structure_get_value(structure, name), let text = gst_value_serialize(value) else {
                return nil
            }
            defer { g_free(text) }
            return TerminalText.line(text)
        }
        var format = gst_structure_get_name(structure).map { TerminalText.line($0) } ?? "pictures"
        if format == "video/x-raw", let raw = value("format") { format = raw }
        let size = [value("width"), value("height")].compactMap { $0 }
        if size.count == 2 { format += " \(size[0]) × \(size[1])" }
        if let rate = value("framerate") {
            format += " at \(rate.replacing("(fraction)", with: "").replacing("/1", with: "")) Hz"
        }
        return format
    }
}
