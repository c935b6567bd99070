import Foundation
import Learning
import Policies

/// What an improvement begins with: the policy to improve, the demonstrations, and a folder for the run.
struct ImprovementInput {
    let context: JobContext
    let base: any ChunkPolicy
    let basePlace: BasePlace
    let demonstrations: DemonstrationSet
    let folder: RunFolder
    let isResuming: Bool
    /// Where another improvement began, if this one is to begin there.
    let start: ImprovementStart?
    private let manifest: RunManifest
    /// Nobody else goes on with the run as long as this is here.
    private let lock: WriterLock

    /// Loads everything, and only then makes the folder, with its manifest; that of a run that is gone on with is left to
    /// ``writeManifest()``.
    ///
    /// - Parameters:
    ///   - context: the job.
    ///   - policy: what is to be improved; a run that is gone on with has its own copy.
    ///   - dataset: the demonstrations' folder; nil takes the last ones recorded for this job.
    ///   - out: the run folder to make; nil chooses one.
    ///   - resume: the run folder of an improvement to go on with; nil begins anew.
    ///   - encoder: the run folder of the training that left the image encoder, for a base policy that was not trained
    ///     here; nil takes the job's last one.
    ///   - start: the run folder of an improvement that began with the same clone; nil clones one.
    ///   - schedule: how the robot will be driven.
    /// - Throws: ``JobError``, `PolicyError` or `EpisodeError` with what is missing or does not fit.
    init(
        context: JobContext, policy: PolicyChoice, dataset: String?, out: String?, resume: String?,
        encoder: String? = nil, start: String? = nil, schedule: ScheduleKind
    ) throws {
        let settings = context.job.improve
        try settings.check(context)
        if let resume { _ = try RunFolder(existing: resume) }
        let place =
            try resume.map { run throws(JobError) in try BasePlace.kept(in: run, job: context.job) }
            ?? policy.places(job: context.job)?.base
        guard let place else {
            throw JobError(.usage, "the scripted expert proposes no chunks: name a policy to improve with --policy")
        }
        let context = try context.seeing(improving: place, resuming: resume, encoder: encoder)
        base = try context.loadBase(place)
        basePlace = place
        // Further demonstrations are what cloning spends its steps on.
        let takesAll = settings.demonstrations == 0 || settings.method == .cloning
        demonstrations = try context.loadDemonstrations(
            dataset: dataset, skip: settings.skippedDemonstrations, count: takesAll ? nil : settings.demonstrations)
        self.start = try start.map { try ImprovementStart(of: $0, for: context) }
        folder = try RunFolder(
            creating: resume ?? out, name: context.job.name, command: "improve", isResuming: resume != nil)
        lock = try WriterLock(folder: folder.path, writing: "an improvement")
        manifest = RunManifest(
            command: "improve", context: context, policy: policy.description, schedule: schedule,
            method: settings.method.rawValue, composition: settings.composition.rawValue)
        try TerminationWatch.install()
        try FileManager.default.createDirectory(atPath: folder.checkpoints, withIntermediateDirectories: true)
        self.context = context
        isResuming = resume != nil
        // Beside the copy of the base policy: a run is whole by itself.
        try context.images?.save(to: folder.checkpoints + "/" + ImageEncoder.fileName)
        if !isResuming { try writeManifest() }
    }

    /// Keeps the base policy in the folder, so that the run can be gone on with whatever becomes of the original.
    ///
    /// - Throws: `PolicyError` or ``JobError`` if the disk does not take it.
    func keepBase() throws { try basePlace.keep(base, job: context.job, in: folder) }

    /// Says in the folder what the run is. One that is gone on with says what it was, until what it left was found to fit.
    ///
    /// - Throws: ``JobError`` if the disk does not take it.
    func writeManifest() throws {
        try manifest.write(to: folder)
        try LatestRun.note(folder, command: "improve", job: context.job.name)
    }
}
