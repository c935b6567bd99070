import Control
import EpisodeSamples
import Foundation
import Robots
import Testing

@testable import Episodes

/// The bytes of a plain value, to compare to the bit.
private func bytes<Value: BitwiseCopyable>(_ value: Value, _ count: Int) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0.prefix(count)) }
}

/// The bits of a double.
private func bits(_ vector: JointVector) -> [UInt64] {
    (0..<JointVector.capacity).map { vector[$0].bitPattern }
}

@Suite struct EpisodeFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func hashOfKnownTexts() {
        #expect(
            SHA256.hexadecimal("abc".utf8) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.hexadecimal("".utf8) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            SHA256.hexadecimal("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }

    @Test func everythingComesBackToTheBit() throws {
        let sample = EpisodeSample(seed: 3, start: 1_700_000_000.25)
        let path = try sample.write(131, to: folder.path, index: 42)
        #expect(path == folder.path + "/000042.hdf5")
        #expect(try folder.names() == ["000042.hdf5"])

        let reader = try EpisodeReader(path: path)
        #expect(reader.stepCount == 131)
        #expect(reader.outcome == EpisodeOutcome(success: true, ending: .success))
        #expect(reader.header.robotName == "panda")
        #expect(reader.header.robotText == sample.header.robotText)
        #expect(reader.header.seed == 3)
        #expect(reader.header.layout == EpisodeSample.layout)
        #expect(reader.header.versions == sample.header.versions)
        #expect(reader.header.startWallClock == 1_700_000_000.25)

        let steps = try reader.steps()
        try #require(steps.count == 131)
        for (row, step) in steps.enumerated() {
            let expected = sample.step(row)
            #expect(step.observation == expected.observation)
            #expect(step.nextObservation == expected.nextObservation)
            #expect(step.action == expected.action)
            #expect(step.baseAction == expected.baseAction)
            #expect(step.executedAction == expected.executedAction)
            #expect(step.reward == expected.reward)
            #expect(step.time == expected.time)
            #expect(step.observationTime == expected.observationTime)
            #expect(step.setpointSequence == expected.setpointSequence)
            #expect(step.policyVersion == expected.policyVersion)
            #expect(step.chunkPhase == expected.chunkPhase)
            #expect(step.isTakeover == expected.isTakeover)
            #expect(step.scene.count == 33)
            #expect((0..<96).allSatisfy { step.scene[$0].bitPattern == expected.scene[$0].bitPattern })
        }
    }

    @Test func cyclesAndSetpointsComeBackToTheBit() throws {
        let sample = EpisodeSample(seed: 4)
        let reader = try EpisodeReader(path: try sample.write(41, to: folder.path, index: 0))
        let cycles = try reader.cycles()
        try #require(cycles.count == 41 * EpisodeSample.cyclesPerStep)
        for (row, cycle) in cycles.enumerated() {
            let expected = sample.cycle(row)
            #expect(cycle.time == expected.time && cycle.cycle == expected.cycle)
            #expect(bits(cycle.state.jointPositions) == bits(expected.state.jointPositions))
            #expect(bits(cycle.state.jointVelocities) == bits(expected.state.jointVelocities))
            #expect(bits(cycle.state.jointTorques) == bits(expected.state.jointTorques))
            #expect(bytes(cycle.state.jointTimes, 64) == bytes(expected.state.jointTimes, 64))
            #expect(bytes(cycle.state.jointFaults, 16) == bytes(expected.state.jointFaults, 16))
            #expect(cycle.state.gripper.opening.bitPattern == expected.state.gripper.opening.bitPattern)
            #expect(cycle.state.gripper.velocity.bitPattern == expected.state.gripper.velocity.bitPattern)
            #expect(cycle.state.gripper.force.bitPattern == expected.state.gripper.force.bitPattern)
            #expect(cycle.state.gripper.time == expected.state.gripper.time)
            #expect(cycle.state.gripper.fault == expected.state.gripper.fault)
            for (command, wanted) in [(cycle.requested, expected.requested), (cycle.executed, expected.executed)] {
                #expect(command.mode == wanted.mode && command.time == wanted.time && command.cycle == wanted.cycle)
                #expect(bits(command.jointPositions) == bits(wanted.jointPositions))
                #expect(bits(command.jointTorques) == bits(wanted.jointTorques))
                #expect(command.gripperOpening.bitPattern == wanted.gripperOpening.bitPattern)
            }
            #expect(cycle.interventions == expected.interventions && cycle.faults == expected.faults)
            #expect(cycle.phase == expected.phase && cycle.requests == expected.requests)
            #expect(cycle.setpointSequence == expected.setpointSequence)
            #expect(cycle.episodeSequence == expected.episodeSequence)
            #expect(cycle.wakeLateness == expected.wakeLateness && cycle.stepDuration == expected.stepDuration)
        }
        let setpoints = try reader.setpoints()
        try #require(setpoints.count == 41)
        for (row, setpoint) in setpoints.enumerated() {
            let expected = sample.setpoint(row)
            #expect(setpoint.kind == expected.kind && setpoint.sequence == expected.sequence)
            #expect(setpoint.time == expected.time && setpoint.policyVersion == expected.policyVersion)
            #expect(bits(setpoint.jointPositions) == bits(expected.jointPositions))
            #expect(setpoint.translation == expected.translation && setpoint.rotation == expected.rotation)
            #expect(setpoint.gripperOpening.bitPattern == expected.gripperOpening.bitPattern)
            #expect(setpoint.scene.count == expected.scene.count)
            #expect((0..<96).allSatisfy { setpoint.scene[$0].bitPattern == expected.scene[$0].bitPattern })
        }
    }

    @Test func sameContentIsSameBytes() throws {
        let sample = EpisodeSample(seed: 5)
        let first = try sample.write(70, to: folder.path, index: 0)
        let second = try sample.write(70, to: folder.path, index: 1)
        let other = try EpisodeSample(seed: 6).write(70, to: folder.path, index: 2)
        let contents = try Data(contentsOf: URL(fileURLWithPath: first))
        #expect(try contents == Data(contentsOf: URL(fileURLWithPath: second)))
        #expect(try contents != Data(contentsOf: URL(fileURLWithPath: other)))
    }

    @Test func writersOnDifferentThreadsDoNotDisturbEachOther() async throws {
        let path = folder.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<6 {
                group.addTask { try EpisodeSample(seed: UInt64(index)).write(25, to: path, index: index) }
            }
            try await group.waitForAll()
        }
        for index in 0..<6 {
            let reader = try EpisodeReader(path: "\(path)/00000\(index).hdf5")
            #expect(
                try reader.column("actions") == (0..<25).flatMap { EpisodeSample(seed: UInt64(index)).step($0).action })
        }
    }

    @Test func aRecordThatDoesNotFitIsRefused() throws {
        let sample = EpisodeSample(seed: 1)
        let writer = try EpisodeWriter(folder: folder.path, index: 0, header: sample.header)
        var step = sample.step(0)
        step.action.removeLast()
        let error = try #require(throws: EpisodeError.self) { try writer.append(step) }
        #expect(error.message == "the step's action has 6 numbers, expected 7")
        #expect(error.kind == .content)
    }

    @Test func anEpisodeIsNotOverwritten() throws {
        let sample = EpisodeSample(seed: 1)
        try sample.write(3, to: folder.path, index: 0)
        let error = try #require(throws: EpisodeError.self) { try sample.write(3, to: folder.path, index: 0) }
        #expect(error.kind == .exists)
    }

    @Test func filesThatAreNoEpisodesAreNamed() throws {
        let missing = try #require(throws: EpisodeError.self) { try EpisodeReader(path: folder.path + "/000007.hdf5") }
        #expect(missing.kind == .missing)
        let text = folder.path + "/000008.hdf5"
        try Data("not an HDF5 file".utf8).write(to: URL(fileURLWithPath: text))
        let garbage = try #require(throws: EpisodeError.self) { try EpisodeReader(path: text) }
        #expect(garbage.kind == .content && garbage.path == text)
        #expect(garbage.message.contains("could not open the file"))
        let whole = try EpisodeSample(seed: 1).write(40, to: folder.path, index: 9)
        let contents = try Data(contentsOf: URL(fileURLWithPath: whole))
        let cut = folder.path + "/000010.hdf5"
        try contents.prefix(contents.count / 2).write(to: URL(fileURLWithPath: cut))
        #expect(throws: EpisodeError.self) { try EpisodeReader(path: cut) }
    }
}
