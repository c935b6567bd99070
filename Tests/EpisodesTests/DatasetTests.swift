import EpisodeSamples
import Foundation
import Testing

@testable import Episodes

@Suite struct DatasetTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func opensInH5pyThroughTheLinks() throws {
        for index in [0, 1, 12] {
            try EpisodeSample(seed: UInt64(index)).write(30 + index, to: folder.path, index: index)
        }
        let dataset = try Dataset(path: folder.path)
        #expect(dataset.episodePaths.count == 3)
        try dataset.rebuildLinks(masks: ["train": [0, 12], "valid": [1]])
        let checker = packageFolder + "/tools/check_dataset.py"
        let good = try run("/usr/bin/python3", [checker, dataset.linkPath])
        #expect(good.status == 0, "\(good.errors)")
        #expect(good.text == "{\"demos\": 3, \"masks\": {\"train\": 2, \"valid\": 1}, \"samples\": 103}\n")

        // The links are relative: the folder may move.
        let moved = folder.path + "-moved"
        try FileManager.default.moveItem(atPath: folder.path, toPath: moved)
        defer { try? FileManager.default.removeItem(atPath: moved) }
        #expect(try run("/usr/bin/python3", [checker, moved + "/dataset.hdf5"]).status == 0)

        // A checker that cannot fail checks nothing.
        try FileManager.default.removeItem(atPath: moved + "/000001.hdf5")
        #expect(try run("/usr/bin/python3", [checker, moved + "/dataset.hdf5"]).status == 65)
    }

    @Test func loadsIntoArrays() throws {
        for index in 0..<3 { try EpisodeSample(seed: UInt64(index)).write(20, to: folder.path, index: index) }
        let episodes = try Dataset(path: folder.path + "/dataset.hdf5").load()
        #expect(episodes.count == 3)
        for (index, episode) in episodes.enumerated() {
            let sample = EpisodeSample(seed: UInt64(index))
            #expect(episode.observations == (0..<20).flatMap { sample.step($0).observation })
            #expect(episode.actions == (0..<20).flatMap { sample.step($0).action })
            #expect(episode.rewards == (0..<20).map { sample.step($0).reward })
            #expect(episode.outcome.success)
        }
    }

    @Test func anotherRobotOrTaskIsRefusedByName() throws {
        try EpisodeSample(seed: 0).write(5, to: folder.path, index: 0)
        try EpisodeSample(seed: 1, robotName: "ur5e").write(5, to: folder.path, index: 1)
        let dataset = try Dataset(path: folder.path)
        let error = try #require(throws: EpisodeError.self) { try dataset.load() }
        #expect(error.kind == .mismatch && error.path.hasSuffix("000001.hdf5"))
        #expect(error.message == "it was recorded with robot ur5e, expected panda")
        #expect(dataset.check() == [error])
        let expectation = DatasetExpectation(
            robotName: "panda", task: "coffee", variant: nil, layout: EpisodeSample.layout, actionSize: 7)
        let task = try #require(throws: EpisodeError.self) { try dataset.load(expecting: expectation) }
        #expect(task.message == "it was recorded with task square, expected coffee")
    }

    @Test func numbersThatAreNotFiniteAreFound() throws {
        let sample = EpisodeSample(seed: 1)
        let writer = try EpisodeWriter(folder: folder.path, index: 0, header: sample.header)
        for row in 0..<10 {
            var step = sample.step(row)
            if row == 6 { step.observation[4] = .nan }
            try writer.append(step)
        }
        try writer.finish(EpisodeOutcome(success: false, ending: .horizon))
        let faults = try Dataset(path: folder.path).check()
        #expect(faults.map(\.message) == ["observations have nan in step 6, expected finite numbers"])
    }

    @Test func missingFoldersAndMembersAreNamed() throws {
        let error = try #require(throws: EpisodeError.self) { try Dataset(path: folder.path + "/nowhere") }
        #expect(error.kind == .missing && error.message == "there is no such folder")
        let dataset = try Dataset(path: folder.path)
        #expect(throws: EpisodeError.self) { try dataset.load() }
        let mask = try #require(throws: EpisodeError.self) { try dataset.rebuildLinks(masks: ["train": [4]]) }
        #expect(mask.message == "mask `train` names episode 4, which is not there")
    }

    @Test func sameEpisodesMakeTheSameLinkFile() throws {
        try EpisodeSample(seed: 0).write(5, to: folder.path, index: 0)
        let dataset = try Dataset(path: folder.path)
        try dataset.rebuildLinks(masks: ["train": [0]])
        let first = try Data(contentsOf: URL(fileURLWithPath: dataset.linkPath))
        try dataset.rebuildLinks(masks: ["train": [0]])
        #expect(try Data(contentsOf: URL(fileURLWithPath: dataset.linkPath)) == first)
        #expect(try folder.names() == ["000000.hdf5", "dataset.hdf5"])
    }
}
