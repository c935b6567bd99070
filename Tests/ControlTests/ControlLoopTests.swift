import Realtime
import Robots
import Testing

@testable import Control

@Suite struct ControlLoopTests {
    @Test func snapshotIsSmall() {
        #expect(MemoryLayout<ControlSnapshot>.size < 2048)
    }

    @Test func holdsBeforeTheFirstSetpoint() throws {
        var bench = try Bench()
        bench.run(1000)
        let shown = bench.show()
        #expect(shown.phase == .ready && shown.faults.isEmpty)
        for joint in 0..<7 {
            #expect(abs(shown.measurement.state.jointPositions[joint] - bench.robot.home[joint]) < 1e-9)
        }
    }

    @Test(arguments: [RobotCommand.Mode.torque, .position]) func toolGoesWhereItIsSent(mode: RobotCommand.Mode) throws {
        var bench = try Bench(mode: mode)
        bench.step()
        let start = bench.show().toolPose.position
        let goal = start + SIMD3(0.08, -0.1, 0.05)
        for _ in 0..<60 {
            let error = goal - bench.show().toolPose.position
            bench.publish(.toolDelta) {
                $0.translation = error.clamped(lowerBound: SIMD3(repeating: -0.05), upperBound: SIMD3(repeating: 0.05))
            }
            bench.run(25)
        }
        let miss = bench.show().toolPose.position - goal
        #expect((miss * miss).sum() < 1e-6)
        #expect(bench.show().phase == .running && bench.show().faults.isEmpty)
    }

    @Test func jointsGoWhereTheyAreSent() throws {
        var bench = try Bench()
        var goal = bench.robot.home
        goal[0] += 0.6
        goal[3] += 0.4
        for _ in 0..<60 {
            bench.publish(.jointPositions) { $0.jointPositions = goal }
            bench.run(25)
        }
        let shown = bench.show()
        for joint in 0..<7 { #expect(abs(shown.measurement.state.jointPositions[joint] - goal[joint]) < 0.003) }
        #expect(shown.faults.isEmpty)
    }

    @Test func latePolicyIsHeldThenStopped() throws {
        var bench = try Bench()
        bench.publish(.toolDelta) { $0.translation.x = 0.05 }
        bench.run(25)
        #expect(bench.outcome.phase == .running)
        bench.run(100)  // 250 ms without a setpoint: older than 150 ms
        #expect(bench.outcome.phase == .holding)
        #expect(bench.outcome.interventions.contains(.setpointAge))
        bench.publish(.toolDelta) { $0.translation.x = 0.02 }
        bench.run(2)
        #expect(bench.outcome.phase == .running, "a fresh setpoint within the hold goes on")
        bench.run(700)
        #expect(bench.outcome.phase == .stopped && bench.show().stopReason == .setpointAge)
        bench.publish(.toolDelta)
        bench.run(5)
        #expect(bench.outcome.phase == .stopped, "only an episode or a reset goes on from here")
        bench.publish(.beginEpisode)
        bench.run(2)
        #expect(bench.outcome.phase == .running)
    }

    @Test func aSetpointThatIsOldWhenItComesIsNotFollowed() throws {
        var bench = try Bench()
        bench.run(200)
        let now = bench.clock.now.nanoseconds
        bench.publish(.toolDelta) { $0.time = MonotonicTime(nanoseconds: now - 200_000_000) }
        bench.step()
        #expect(bench.outcome.phase == .ready && bench.outcome.interventions.contains(.setpointAge))
    }

    @Test func notANumberIsNotFollowed() throws {
        var bench = try Bench()
        bench.publish(.toolDelta) { $0.translation.y = .nan }
        bench.step()
        #expect(bench.outcome.interventions.contains(.notFinite) && bench.outcome.phase == .ready)
        bench.publish(.jointPositions) { $0.jointPositions[1] = .infinity }
        bench.step()
        #expect(bench.show().interventions[.notFinite] == 2)
    }

    @Test func personOutranksPolicy() throws {
        var bench = try Bench()
        bench.drive(steps: 4) { _, setpoint in setpoint.translation.y = 0.05 }
        bench.channels.operatorRequest.requestStop()
        for _ in 0..<20 {
            bench.publish(.toolDelta) { $0.translation.y = 0.05 }
            bench.run(25)
        }
        #expect(bench.outcome.phase == .stopped && bench.show().stopReason == .person)
        bench.publish(.beginEpisode)
        bench.step()
        #expect(bench.outcome.phase == .stopped && !bench.outcome.beganEpisode)
        bench.channels.operatorRequest.requestReset()
        bench.publish(.beginEpisode)
        bench.step()
        #expect(bench.outcome.beganEpisode && bench.outcome.phase == .running)
    }

    @Test func faultsLatchUntilAReset() throws {
        var bench = try Bench()
        bench.run(10)
        bench.loop.driver.spoilsPositions = true
        bench.step()
        #expect(bench.outcome.faults == .stateNotFinite && bench.outcome.phase == .faulted)
        bench.loop.driver.spoilsPositions = false
        bench.publish(.beginEpisode)
        bench.run(400)
        #expect(bench.outcome.faults == .stateNotFinite && bench.outcome.phase == .faulted)
        bench.channels.operatorRequest.requestReset()
        bench.step()
        #expect(bench.outcome.faults.isEmpty && bench.outcome.phase == .ready)
    }

    @Test func silentDeviceIsAFault() throws {
        var bench = try Bench()
        bench.run(10)
        bench.loop.driver.answers = false
        bench.run(5)
        #expect(bench.outcome.faults.isEmpty, "10 ms may pass")
        bench.run(3)
        #expect(bench.outcome.faults == .stateAge)
    }

    @Test func stalledArmIsAFault() throws {
        var bench = try Bench()
        bench.loop.driver.isJammed = true
        let home = bench.robot.home
        for _ in 0..<40 where bench.outcome.faults.isEmpty {
            bench.publish(.jointPositions) { setpoint in
                setpoint.jointPositions = home
                setpoint.jointPositions[6] += 0.5
            }
            bench.run(25)
        }
        #expect(!bench.outcome.faults.isEmpty && bench.outcome.phase == .faulted)
    }

    @Test func farFromHomeDoesNotBegin() throws {
        var bench = try Bench()
        bench.loop.driver.start[0] = 0.3
        bench.publish(.beginEpisode)
        bench.step()
        #expect(bench.outcome.faults == .startupMismatch)
    }

    @Test func gripperMovesAtItsSpeed() throws {
        var bench = try Bench()
        bench.publish(.toolDelta) { $0.gripperOpening = 0 }
        bench.run(51)
        #expect(abs(bench.show().executed.gripperOpening - (0.08 - 51 * 0.2 * 0.002)) < 1e-9)
        #expect(bench.outcome.interventions.contains(.gripperSpeed))
    }

    /// Everything that an episode depends on starts afresh with it: the same setpoints give the same bytes.
    @Test func episodesRepeatBitForBit() throws {
        var bench = try Bench(cycleCapacity: 4096)
        func episode() -> [RobotCommand] {
            bench.publish(.beginEpisode)
            bench.run(25)
            var random = TestRandom(seed: 3)
            bench.drive(steps: 20) { _, setpoint in
                setpoint.translation = SIMD3(
                    random.uniform(-0.05...0.05), random.uniform(-0.05...0.05), random.uniform(-0.05...0.05))
                setpoint.rotation.z = random.uniform(-0.5...0.5)
            }
            var commands: [RobotCommand] = []
            var record = CycleRecord()
            while bench.channels.cycles.pop(into: &record) {
                if record.episodeSequence > 0 {
                    commands.append(record.executed)
                }
            }
            return commands
        }
        bench.run(7)
        let first = episode()
        bench.run(13)
        var record = CycleRecord()
        while bench.channels.cycles.pop(into: &record) {}
        let second = episode()
        #expect(first.count == second.count && first.count > 500)
        for (a, b) in zip(first, second) {
            #expect(a.jointTorques == b.jointTorques && a.gripperOpening == b.gripperOpening)
        }
    }

    @Test func tenThousandCyclesAllocateNothing() throws {
        var bench = try Bench(timing: .measured)
        bench.drive(steps: 4) { _, setpoint in setpoint.translation.x = 0.01 }
        let before = AllocationCounter.threadCount()
        for index in 0..<10_000 {
            if index % 25 == 0 {
                bench.publish(.toolDelta) { $0.translation = SIMD3(index % 50 == 0 ? 0.03 : -0.03, 0, 0) }
            }
            bench.step()
        }
        if let before, let after = AllocationCounter.threadCount() { #expect(after == before) }
        #expect(bench.outcome.phase == .running && bench.loop.core.histograms.control.count == 10_100)
    }
}
