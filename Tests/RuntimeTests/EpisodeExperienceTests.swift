import Episodes
import Testing

@testable import Learning
@testable import Runtime

@Suite struct EpisodeExperienceTests {
    /// An episode of which state `n` is `n` throughout, and action `n` is `n / 10`.
    private func experience(
        steps: Int, _ ending: EpisodeEnding, isLastBaseKnown: Bool = true
    ) -> EpisodeExperience {
        var experience = EpisodeExperience(seed: 3, stateSize: 2, actionSize: 1)
        for step in 0..<steps {
            experience.states += [Float(step), Float(step)]
            experience.actions.append(Float(step) / 10)
            experience.versions.append(UInt64(100 + step))
            experience.intervened.append(step == 1)
        }
        experience.states += [Float(steps), Float(steps)]
        (experience.ending, experience.isLastBaseKnown) = (ending, isLastBaseKnown)
        return experience
    }

    private func replay() throws -> ReplayBuffer {
        try ReplayBuffer(shape: .init(capacity: 100, stateSize: 2, actionSize: 1, returnSteps: 3))
    }

    @Test(arguments: [
        (EpisodeEnding.success, true, 6), (.success, false, 6), (.horizon, true, 6), (.horizon, false, 3),
        (.fault, true, 3), (.stopped, true, 3), (.interrupted, false, 3), (.policyFailed, true, 3),
    ])
    func whatCanBeLearnt(ending: EpisodeEnding, isBaseKnown: Bool, sampleable: Int) throws {
        let replay = try replay()
        experience(steps: 6, ending, isLastBaseKnown: isBaseKnown).tell(replay, lane: 0)
        #expect(replay.sampleableCount == sampleable)
        #expect(replay.unknownReturns == UInt64(6 - sampleable) && replay.episodeCount == 1)
        if sampleable == 6 {
            #expect(replay.makeReturn(of: 5) == .init(steps: 1, final: 6, success: ending == .success))
        }
        #expect(replay.makeReturn(of: 0) == .init(steps: 3, final: 3, success: false))
        for step in 0..<6 {
            #expect(replay.states[step, 1] == Float(step) && replay.actions[step, 0] == Float(step) / 10)
            #expect(replay.versions[step] == UInt64(100 + step))
        }
        // Whatever came before, the next episode is one of its own.
        experience(steps: 4, .success).tell(replay, lane: 0)
        #expect(replay.sampleableCount == sampleable + 4 && replay.episodeCount == 2)
    }

    @Test func anEpisodeWithoutAStepIsNothing() throws {
        let replay = try replay()
        experience(steps: 0, .stopped).tell(replay, lane: 0)
        #expect(replay.sampleableCount == 0 && replay.episodeCount == 0)
        experience(steps: 4, .horizon).tell(replay, lane: 0)
        #expect(replay.sampleableCount == 4)
    }

    @Test func saturationIsAFractionOfAllComponents() {
        var experience = experience(steps: 8, .horizon)
        experience.saturated = 2
        #expect(experience.saturation == 0.25 && experience.steps == 8 && !experience.isSuccess)
        #expect(EpisodeExperience(seed: 0, stateSize: 2, actionSize: 1).saturation == 0)
    }
}
