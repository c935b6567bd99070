import Episodes
import Foundation
import Policies

extension JobContext {
    /// The demonstrations that something is cloned from.
    ///
    /// - Parameters:
    ///   - dataset: their folder, or the run folder that holds it; nil takes the last ones recorded for this job.
    ///   - skip: how many are left out, from the first on.
    ///   - count: how many of the others are taken; nil takes all.
    /// - Throws: ``JobError``, `EpisodeError` or `PolicyError` if they are not there, too few, broken, or of another task.
    func loadDemonstrations(dataset: String?, skip: Int = 0, count: Int?) throws -> DemonstrationSet {
        let episodes = try loadEpisodes(dataset: dataset, skip: skip, count: count)
        guard let images else { return try demonstrationSet(episodes, minimum: 2) }
        return try encode(episodes, by: images, minimum: 2)
    }

    /// The episodes of demonstrations, without their pictures.
    ///
    /// - Throws: as ``loadDemonstrations(dataset:skip:count:)``.
    func loadEpisodes(dataset: String?, skip: Int = 0, count: Int?) throws -> [DatasetEpisode] {
        let folder = try datasetFolder(dataset)
        let expectation = DatasetExpectation(
            robotName: robot.name, task: job.task.name, variant: job.task.variant, layout: task.observationLayout,
            actionSize: setting.actionSize)
        let episodes = try Dataset(path: folder).load(expecting: expectation)
        let wanted = skip + (count ?? 1)
        guard episodes.count >= wanted else {
            let after = skip == 0 ? "" : " after the first \(skip)"
            throw JobError(
                .badFile,
                "\(folder): there are \(episodes.count) demonstrations; \(count ?? 1)\(after) were asked for")
        }
        return Array(episodes.dropFirst(skip).prefix(count ?? .max))
    }

    /// Episodes as a policy sees them, but for features of pictures.
    func demonstrationSet(_ episodes: [DatasetEpisode], minimum: Int) throws(PolicyError) -> DemonstrationSet {
        let layout = plainLayout
        let selection = ObservationSelection(of: layout, in: task.observationLayout)
        return try DemonstrationSet(
            layout: layout, actionSize: setting.actionSize, task: taskName, robot: robot.name,
            episodes: episodes.map { episode in
                DemonstrationSet.Episode(
                    name: (episode.path as NSString).lastPathComponent, path: episode.path,
                    observations: selection.apply(episode.observations), actions: episode.actions)
            }, minimumEpisodes: minimum)
    }

    private func datasetFolder(_ dataset: String?) throws(JobError) -> String {
        guard let chosen = dataset ?? LatestRun.folder(of: "record", job: job.name) else {
            throw JobError(
                .missingFile,
                "no demonstrations of the job '\(job.name)' in runs/: record some with 'steadyhand record \(job.path) --from expert', or name a folder with --dataset"
            )
        }
        guard FileManager.default.fileExists(atPath: chosen) else {
            throw JobError(.missingFile, "\(chosen): no such dataset")
        }
        let inside = chosen + "/episodes"
        return FileManager.default.fileExists(atPath: inside) ? inside : chosen
    }
}
