import Configuration
import RemotePolicies

extension JobConfiguration.RemoteSettings {
    /// Reads the keys of `policy` in a job file that are about a server; nil where none is named.
    init?(decoding policy: MappingReader) {
        guard policy.has("server") else {
            _ = policy.value("server")
            return nil
        }
        server = Self.address(policy)
        key = Self.key(policy)
        certificatePath = policy.has("certificate") ? policy.path("certificate") : nil
        _ = policy.value("certificate")
        prompt = policy.has("prompt") ? policy.string("prompt") : nil
        _ = policy.value("prompt")
        observation = Self.observation(policy)
        cameras = Self.cameras(policy, observation)
        let convention: Convention? = if case .convention(let known) = observation { known } else { nil }
        actions = policy.choice("actions", default: convention?.actions ?? .job, standIn: .job)
        jointStep = policy.quantity("joint_step", .radians, in: .above(0, through: 1), default: 0.2)
        let times = Bounds.above(0, through: 3600)
        patience = Patience(
            connecting: policy.quantity("connecting", .seconds, in: times, default: 10),
            warmUp: policy.quantity("warm_up", .seconds, in: times, default: 120),
            reply: policy.quantity("timeout", .seconds, in: times, default: 10))
    }

    private static func address(_ policy: MappingReader) -> ServerAddress {
        let text = policy.string("server")
        do {
            return try ServerAddress(text)
        } catch {
            if !text.isEmpty { policy.report("server", "'\(error.server)' \(error.message)") }
            return .local
        }
    }

    private static func key(_ policy: MappingReader) -> Key? {
        let (hasFile, hasVariable) = (policy.has("api_key_file"), policy.has("api_key_env"))
        if hasFile && hasVariable { policy.report("api_key_env", "is there beside api_key_file: write one of them") }
        let path = hasFile ? policy.path("api_key_file") : ""
        let name = hasVariable ? policy.string("api_key_env") : ""
        for known in ["api_key_file", "api_key_env"] { _ = policy.value(known) }
        return hasFile ? .file(path) : hasVariable ? .environment(name) : nil
    }

    private static func observation(_ policy: MappingReader) -> Observation {
        guard let value = policy.value("observation") else { return .convention(.task) }
        guard value.isList else { return .convention(value.choice(Convention.self) ?? .task) }
        let entries = value.sequence(count: 1...64) ?? []
        return .map(ObservationMap(entries: entries.map { $0.mapping(ObservationMap.Entry.init(decoding:)) }))
    }

    private static func cameras(_ policy: MappingReader, _ observation: Observation) -> [String] {
        let wanted: ClosedRange<Int> =
            if case .convention(let convention) = observation { convention.cameraCount } else { 0...0 }
        guard wanted != 0...0 else {
            if policy.has("cameras") {
                policy.report("cameras", "belong to the observations droid, libero and aloha; a list names its own")
            }
            _ = policy.value("cameras")
            return []
        }
        let names = policy.sequence("cameras", count: wanted).map { $0.text() ?? "" }
        // A convention can be worked out even after a fault.
        return names + Array(repeating: "", count: max(0, wanted.lowerBound - names.count))
    }
}

extension ObservationMap.Entry {
    /// Reads one entry of a list: a key, and under it a text, parts of the observation, or a camera's picture.
    init(decoding entry: MappingReader) {
        let key = entry.required("key", wanted: "the name that the server knows it by")
        let names =
            key.isList
            ? (key.sequence(count: 1...4) ?? []).compactMap { $0.text() } : [key.text() ?? ""]
        let kinds = ["text", "parts", "camera"].filter(entry.has)
        if kinds.count != 1 {
            entry.report("key", "needs one of text, parts and camera beside it; there are \(kinds.count)")
        }
        let content: ObservationMap.Content
        switch kinds.first {
        case "parts":
            let parts = entry.sequence("parts", count: 1...64).compactMap { $0.text() }
            let type = entry.choice("type", default: NumberType.float32, standIn: .float32)
            content = .numbers(parts: parts, type: type == .float32 ? .float32 : .float64)
        case "camera":
            content = .picture(
                ObservationMap.Picture(
                    camera: entry.string("camera"), width: entry.integer("width", in: 1...4096, default: 224),
                    height: entry.integer("height", in: 1...4096, default: 224),
                    layout: entry.choice("layout", default: .hwc, standIn: .hwc)))
        default: content = .text(kinds.isEmpty ? "" : entry.string("text"))
        }
        for kind in kinds.dropFirst() { _ = entry.value(kind) }
        self.init(names, content)
    }

    private enum NumberType: String, CaseIterable { case float32, float64 }
}

extension JobConfiguration.RemoteSettings {
    /// The keys as a job file has them; decoding them gives the same.
    var yaml: [(key: String, value: YAMLValue)] {
        var entries: [(key: String, value: YAMLValue)] = [("server", .text(server.description))]
        switch key {
        case .file(let path): entries.append(("api_key_file", .text(path)))
        case .environment(let name): entries.append(("api_key_env", .text(name)))
        case nil: break
        }
        if let certificatePath { entries.append(("certificate", .text(certificatePath))) }
        if let prompt { entries.append(("prompt", .text(prompt))) }
        switch observation {
        case .convention(let convention): entries.append(("observation", .text(convention.rawValue)))
        case .map(let map): entries.append(("observation", .sequence(map.entries.map(\.yaml))))
        }
        if !cameras.isEmpty { entries.append(("cameras", .sequence(cameras.map { .text($0) }))) }
        return entries + [
            ("actions", .text(actions.rawValue)),
            ("joint_step", .quantity(jointStep, .radians)),
            ("connecting", .quantity(patience.connecting, .seconds)),
            ("warm_up", .quantity(patience.warmUp, .seconds)),
            ("timeout", .quantity(patience.reply, .seconds)),
        ]
    }
}

extension ObservationMap.Entry {
    fileprivate var yaml: YAMLValue {
        let key: YAMLValue = self.key.count == 1 ? .text(self.key[0]) : .sequence(self.key.map { .text($0) })
        switch content {
        case .text(let text): return .mapping([("key", key), ("text", .text(text))])
        case .numbers(let parts, let type):
            return .mapping([
                ("key", key), ("parts", .sequence(parts.map { .text($0) })),
                ("type", .text(type == .float32 ? "float32" : "float64")),
            ])
        case .picture(let picture):
            return .mapping([
                ("key", key), ("camera", .text(picture.camera)), ("width", .integer(picture.width)),
                ("height", .integer(picture.height)), ("layout", .text(picture.layout.rawValue)),
            ])
        }
    }
}
