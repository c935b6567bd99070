import Configuration
import Foundation
import RemotePolicies
import Testing

@testable import Runtime

/// Job files that name a policy server.
@Suite struct RemoteJobTests {
    private func text(_ policy: String) -> String {
        """
        name: small
        task: {name: square, variant: d0}
        robot: ../robots/panda.yaml
        action: {translation: 0.05 m, rotation: 0.5 rad}
        inference: {rate: 20 Hz}
        policy:
        \(policy.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    private func decode(_ policy: String) throws(ConfigurationError) -> JobConfiguration {
        try JobConfiguration.decode(Document(text: text(policy), path: packagePath + "/configs/t.yaml"))
    }

    private func faults(_ policy: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try decode(policy)
            return []
        } catch {
            return error.faults.map { "\($0.position.line):\($0.position.column): \($0.message)" }
        }
    }

    @Test func withoutAServerThereIsNone() throws {
        #expect(try decode("execute: 5").policy.remote == nil)
    }

    @Test func aServerAloneIsEnough() throws {
        let remote = try #require(try decode("server: ws://gpu-box:8000").policy.remote)
        #expect(remote.server == (try ServerAddress("ws://gpu-box:8000")))
        #expect(remote.observation == .convention(.task))
        #expect(remote.actions == .job)
        #expect(remote.key == nil && remote.prompt == nil && remote.cameras.isEmpty)
        #expect(remote.patience == .init(connecting: 10, warmUp: 120, reply: 10))
        #expect(
            remote.observationMap(taskParts: ["a", "b"]).entries.map(\.key) == [["a"], ["b"]])
    }

    @Test(arguments: [
        ("droid", "[front, wrist]", ActionMap.Meaning.jointVelocities), ("libero", "[front, wrist]", .job),
        ("aloha", "[cam_high]", .jointPositions),
    ])
    func conventionsBringTheirActions(name: String, cameras: String, actions: ActionMap.Meaning) throws {
        let job = try decode("server: gpu-box\nobservation: \(name)\ncameras: \(cameras)\nprompt: do it")
        let remote = try #require(job.policy.remote)
        #expect(remote.actions == actions)
        let map = remote.observationMap(taskParts: [])
        #expect(map.entries.last == .init(["prompt"], .text("do it")))
        #expect(map.pictures.allSatisfy { $0.width == 224 && $0.height == 224 })
    }

    @Test func aListMapsWhatItLikes() throws {
        let job = try decode(
            """
            server: wss://pi.example/policy
            api_key_env: PI_KEY
            observation:
            - {key: [images, top], camera: front, width: 64, height: 48, layout: chw}
            - {key: state, parts: [joint_positions, gripper_closing], type: float64}
            - {key: task, text: put it there}
            actions: joint_positions
            timeout: 2 s
            """)
        let remote = try #require(job.policy.remote)
        #expect(remote.key == .environment("PI_KEY"))
        #expect(remote.patience.reply == 2)
        guard case .map(let map) = remote.observation else {
            Issue.record("no map")
            return
        }
        #expect(
            map.entries == [
                .init(["images", "top"], .picture(.init(camera: "front", width: 64, height: 48, layout: .chw))),
                .init(["state"], .numbers(parts: ["joint_positions", "gripper_closing"], type: .float64)),
                .init(["task"], .text("put it there")),
            ])
        // What a run folder keeps gives the same job.
        let again = try JobConfiguration.decode(Document(text: job.yaml.document, path: job.path))
        #expect(again.policy == job.policy)
    }

    /// A server's chunks are as long as they are; the horizon is of the policy that would be trained here.
    @Test func theHorizonIsTheServers() throws {
        #expect(try decode("server: gpu-box\nexecute: 25\nlead: 4").policy.execute == 25)
        #expect(faults("execute: 25").count == 1)
    }

    @Test(arguments: [
        (
            "server: http://gpu-box",
            "7:11: server 'http://gpu-box' is an address of the web; write ws://HOST:PORT, such as ws://gpu-box:8000"
        ),
        (
            "server: ws://gpu-box:99999",
            "7:11: server 'ws://gpu-box:99999' has no port from 1 to 65535; write ws://HOST:PORT, such as ws://gpu-box:8000"
        ),
        ("server: a\nobservation: lybero", "8:16: observation cannot be 'lybero'; did you mean 'libero'?"),
        ("server: a\nobservation: libero", "6:1: missing key 'cameras'; write cameras: a list"),
        ("server: a\nobservation: droid\ncameras: [front]", "9:12: cameras has 1 entry; it needs 2"),
        ("server: a\ncameras: [front]", "8:12: cameras belong to the observations"),
        ("server: a\nobservation:\n- {key: x}", "9:11: key needs one of text, parts and camera beside it; there are 0"),
        (
            "server: a\nobservation:\n- {key: x, text: a, camera: b}",
            "9:11: key needs one of text, parts and camera beside it; there are 2"
        ),
        ("server: a\nobservation: []", "8:16: observation has 0 entries"),
        ("server: a\napi_key_file: k\napi_key_env: K", "9:16: api_key_env is there beside api_key_file"),
        ("server: a\nactions: torques", "8:12: actions cannot be 'torques'"),
        ("server: a\ntimeout: 3", "8:12: timeout has no unit; write 3 s"),
        ("prompt: do it", "7:3: unknown key 'prompt'"),
    ])
    func faultsAreNamedWithTheirPlace(policy: String, fault: String) {
        let faults = faults(policy)
        #expect(faults.contains { $0.hasPrefix(fault) }, "\(faults)")
    }
}
