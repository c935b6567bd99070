import Drivers
import Emulation
import Foundation
import Realtime
import Robots

/// How long a cycle of reading and commanding all motors of a bus takes, beside the time that its bytes take on the wire; and
/// how fast frames are found in a stream, beside copying it.
struct BusBench {
    let rounds: Int
    let effort: BenchEffort
    /// Where the robot files are.
    let folder: String

    /// The robots whose buses are measured, and how many motors they have: six STS servos, and six Dynamixels.
    private static let robots = [("feetech", "so101"), ("dynamixel", "koch")]

    init(_ job: BenchJob, _ context: JobContext) {
        rounds = job.rounds
        effort = job.effort
        folder = URL(fileURLWithPath: context.job.robotPath).deletingLastPathComponent().path
    }

    func run() throws -> BenchLayer {
        var layer = BenchLayer()
        var buses: [BusUnderTest] = []
        for (name, robot) in Self.robots {
            buses.append(try BusUnderTest(name: name, robot: RobotDescription.load(path: "\(folder)/\(robot).yaml")))
        }
        for _ in 0..<rounds {
            for index in buses.indices { try buses[index].measure(cycles: effort.busCycles) }
        }
        for bus in buses { bus.report(to: &layer) }
        try CodecBench(rounds: rounds, bytes: effort.codecBytes).run(&layer)
        layer.notes.append(
            "a cycle reads all motors and sends a goal to all, one cycle after the other, on an emulated bus on a pseudo-terminal; "
                + "its wire time is what the emulator computes: ten bits a byte, turn-rounds of 50 us, USB frames of 125 us"
        )
        return layer
    }
}

/// One emulated bus of six servos, and what was measured on it.
private struct BusUnderTest {
    let name: String
    let robot: RobotDescription
    /// What the emulator computes for a cycle, µs.
    let wire: Double
    private var medians: [Double] = []
    private var tails: [Double] = []
    private var allocations: [Double] = []
    private var isFast = false

    init(name: String, robot: RobotDescription) throws {
        self.name = name
        self.robot = robot
        wire = try Self.wireTime(robot)
    }

    /// To stay where it is.
    private static func command(_ robot: RobotDescription, _ measurement: borrowing Robots.Measurement) -> RobotCommand
    {
        var command = RobotCommand()
        command.mode = .position
        command.jointPositions = measurement.state.jointPositions
        command.gripperOpening = measurement.state.gripper.opening
        return command
    }

    /// A cycle on a clock that only the wire moves, µs: what no host can be faster than.
    private static func wireTime(_ robot: RobotDescription) throws -> Double {
        let device = robot.devices[0]
        let calibration = EmulatedBus.standardCalibration(of: robot)
        let clock = EmulatedClock()
        let line = EmulatedLine(
            try EmulatedBus(device: device, robot: robot, calibration: calibration), clock: clock)
        switch device.bus {
        case .feetech:
            return try time(
                ServoArm(
                    motors: FeetechMotors(transport: line), robot: robot, device: device, calibration: calibration),
                robot: robot, clock: clock)
        default:
            return try time(
                ServoArm(
                    motors: DynamixelMotors(transport: line), robot: robot, device: device, calibration: calibration),
                robot: robot, clock: clock)
        }
    }

    private static func time<Motors: MotorBus & ~Copyable>(
        _ arm: consuming ServoArm<Motors>, robot: RobotDescription, clock: EmulatedClock
    ) throws -> Double {
        var arm = arm
        try arm.connect()
        var measurement = Robots.Measurement()
        arm.read(into: &measurement, now: clock.now)
        let command = command(robot, measurement)
        var begin = clock.now
        let (warmUp, cycles) = (50, 500)
        for cycle in 0..<(warmUp + cycles) {
            if cycle == warmUp { begin = clock.now }
            arm.read(into: &measurement, now: clock.now)
            arm.write(command)
        }
        return Double(clock.now.nanoseconds(since: begin)) * 1e-3 / Double(cycles)
    }

    /// Runs cycles on a pseudo-terminal, on a thread with the rights of a control loop's.
    mutating func measure(cycles: Int) throws {
        let hardware = EmulatedHardware(EmulationSettings())
        let driver = Handover(try hardware.connect(robot))
        let found = Latest(BusFigures())
        let described = robot
        let thread = try RealtimeThread.start(name: "bus bench", options: robot.realtime.options) { _ in
            var robotDriver = driver.take()
            var figures = BusFigures()
            var measurement = Robots.Measurement()
            robotDriver.read(into: &measurement, now: MonotonicClock.now())
            let command = Self.command(described, measurement)
            var histogram = LatencyHistogram()
            Self.run(50, &robotDriver, command, &measurement, &histogram)
            histogram.reset()
            let before = AllocationCounter.threadCount()
            Self.run(cycles, &robotDriver, command, &measurement, &histogram)
            let after = AllocationCounter.threadCount()
            (figures.median, figures.tail) = (histogram.summary.p50, histogram.summary.p99)
            figures.allocations = after.map { Double($0 - (before ?? 0)) / Double(cycles) } ?? -1
            robotDriver.disconnect()
            found.publish(figures)
        }
        thread.join()
        var figures = BusFigures()
        guard found.read(into: &figures), figures.median > 0 else {
            throw JobError(.softwareFault, "the bus of \(robot.name) was not measured")
        }
        medians.append(figures.median)
        tails.append(figures.tail)
        allocations.append(figures.allocations)
        withExtendedLifetime(hardware) {}
    }

    private static func run(
        _ cycles: Int, _ driver: inout BusRobot, _ command: RobotCommand, _ measurement: inout Robots.Measurement,
        _ histogram: inout LatencyHistogram
    ) {
        for _ in 0..<cycles {
            let begin = MonotonicClock.now()
            driver.read(into: &measurement, now: begin)
            driver.write(command)
            histogram.record(nanoseconds: MonotonicClock.now().nanoseconds(since: begin))
        }
    }

    func report(to layer: inout BenchLayer) {
        let motors = robot.devices[0].motors.count
        layer.add(
            "\(name)Cycle",
            BenchFigure("\(name), \(motors) motors read and commanded, p50", unit: "us", rounds: medians)
                .compared(with: wire, "the wire time"))
        layer.add("\(name)CycleP99", BenchFigure("\(name), p99", unit: "us", rounds: tails))
        if allocations.allSatisfy({ $0 >= 0 }) {
            layer.add("\(name)Allocations", BenchFigure("\(name), allocations a cycle", unit: "", rounds: allocations))
        } else {
            layer.notes.append("allocations are not counted in this build")
        }
    }
}

/// What a round of cycles comes to.
private struct BusFigures: BitwiseCopyable, Sendable {
    /// µs.
    var median = 0.0
    /// µs.
    var tail = 0.0
    /// A cycle; below zero where they are not counted.
    var allocations = 0.0
}
