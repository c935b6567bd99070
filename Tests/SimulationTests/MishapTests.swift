import Robots
import Testing

@testable import Simulation

@Suite("What experts do wrong on purpose, and put right")
struct MishapTests {
    @Test(
        "It is put right, and the task is done",
        arguments: [
            ("threading", Mistake.overObject, "grasp"), ("threading", .besideObject, "grasp"),
            ("threading", .edgeOfRing, "push"), ("coffee", .overObject, "grasp"), ("coffee", .besideObject, "grasp"),
            ("coffee", .rimOfHolder, "insert"), ("coffee", .overLid, "sweep"), ("coffee", .lidFallsOpen, "behind"),
            ("hammer-cleanup", .overObject, "grasp"), ("mug-cleanup", .besideObject, "grasp"),
            ("mug-cleanup", .overHandle, "hold"), ("hammer-cleanup", .beforeHandle, "hold"),
            ("hammer-cleanup", .drawerLeftOpen, "push"),
        ])
    func isPutRight(name: String, mistake: Mistake, again: String) throws {
        let robot = try TestRobot.panda()
        let task = try TaskCatalogue.task(named: name, variant: "d0", robot: robot)
        let seed = try #require(
            (41_000..<41_400).first { Mistake.made(by: task.makeExpert(seed: $0, noise: 0)) == [mistake] })
        let episode = try ExpertEpisode(task, robot: robot, seed: seed)
        #expect(episode.phases.filter { $0 == again }.count > 1, "\(episode.phases)")
        let isSuccess = episode.isSuccess
        #expect(isSuccess, "\(episode.phases)")
    }

    @Test("Every mistake is made, in at most one episode of five", arguments: ["threading", "coffee", "mug-cleanup"])
    func rate(name: String) throws {
        let robot = try TestRobot.panda()
        let task = try TaskCatalogue.task(named: name, variant: "d0", robot: robot)
        let made = (0..<400).flatMap { Mistake.made(by: task.makeExpert(seed: $0, noise: 0)) }
        let counts = Dictionary(made.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(counts.count == (name == "threading" ? 3 : 5))
        #expect(counts.values.allSatisfy { (12...80).contains($0) }, "\(counts)")
    }
}

/// A mistake that an expert is going to make at its first attempt.
enum Mistake: Sendable {
    case overObject, besideObject, edgeOfRing, rimOfHolder, overLid, lidFallsOpen, overHandle, beforeHandle,
        drawerLeftOpen

    static func made(by expert: any ScriptedExpert) -> [Mistake] {
        var mistakes: [Mistake] = []
        func note(_ grasp: Mishap.Grasp?) {
            if grasp.above > 0 { mistakes.append(.overObject) }
            if grasp.beside != 0 { mistakes.append(.besideObject) }
        }
        switch expert {
        case let expert as ThreadingExpert:
            note(expert.style.missedGrasp)
            if expert.style.missedRing != .zero { mistakes.append(.edgeOfRing) }
        case let expert as CoffeeExpert:
            note(expert.style.missedGrasp)
            if expert.style.missedHolder != .zero { mistakes.append(.rimOfHolder) }
            if expert.sweep.behind.z > 0.19 { mistakes.append(.overLid) }
            if expert.sweep.turningBack != nil { mistakes.append(.lidFallsOpen) }
        case let expert as CleanupExpert:
            note(expert.style.missedGrasp)
            if expert.style.missedHandle.z > 0 { mistakes.append(.overHandle) }
            if expert.style.missedHandle.y < 0 { mistakes.append(.beforeHandle) }
            if expert.style.lettingOff > 0 { mistakes.append(.drawerLeftOpen) }
        default:
            break
        }
        return mistakes
    }
}
