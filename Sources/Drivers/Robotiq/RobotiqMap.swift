public import Robots

/// What a Robotiq 2F gripper says about itself: the three registers from 0x07D0, as six bytes. (Robotiq, "2F-85 & 2F-140
/// Instruction Manual", register mapping.)
public struct RobotiqStatus: BitwiseCopyable, Equatable, Sendable {
    /// How far its activation is.
    public enum Activation: UInt8, BitwiseCopyable, Sendable {
        case reset = 0
        case activating = 1
        /// Not in use.
        case unused = 2
        case active = 3
    }

    /// What it holds.
    public enum Object: UInt8, BitwiseCopyable, Sendable {
        case moving = 0
        case contactWhileOpening = 1
        case contactWhileClosing = 2
        /// Where it should be, with nothing in between.
        case atPosition = 3
    }

    /// Whether it is asked to be active.
    public var isActivated: Bool
    /// Whether it is asked to go where it should.
    public var isGoing: Bool
    /// How far its activation is.
    public var activation: Activation
    /// What it holds.
    public var object: Object
    /// Its fault, 0 for none.
    public var fault: UInt8
    /// The position that it was asked for, 0 open … 255 closed.
    public var goal: UInt8
    /// Where it is, 0 open … 255 closed.
    public var position: UInt8
    /// The motor's current, A.
    public var current: Double

    /// Reads six bytes.
    @_noLocks
    public init(from buffer: borrowing FrameBuffer, at start: Int) {
        let status = buffer[start]
        isActivated = status & 0x01 != 0
        isGoing = status & 0x08 != 0
        switch status >> 4 & 3 {
        case 0: activation = .reset
        case 1: activation = .activating
        case 2: activation = .unused
        default: activation = .active
        }
        switch status >> 6 {
        case 0: object = .moving
        case 1: object = .contactWhileOpening
        case 2: object = .contactWhileClosing
        default: object = .atPosition
        }
        fault = buffer[start &+ 2] & 0x0F
        goal = buffer[start &+ 3]
        position = buffer[start &+ 4]
        current = Double(buffer[start &+ 5]) * 0.01
    }

    /// What it complains about, as all drivers say it. 05 and 07 only say that activation comes first.
    public var deviceFault: DeviceFault {
        @_noLocks get {
            switch fault {
            case 0x08: .overheated
            case 0x0A: DeviceFault(rawValue: 1 << 4 | 1 << 6)
            case 0x0B, 0x0C, 0x0D, 0x0F: .stopped
            case 0x0E: DeviceFault(rawValue: 1 << 2 | 1 << 6)
            default: activation == .active ? DeviceFault(rawValue: 0) : .stopped
            }
        }
    }

    /// A fault's meaning, and what to do.
    public static func explain(_ fault: UInt8) -> String {
        switch fault {
        case 0x05, 0x07: "it has to be activated first"
        case 0x08: "too hot: let it cool down"
        case 0x09: "it heard nothing for a second"
        case 0x0A: "its supply is too low: check the power supply, 24 V"
        case 0x0B: "it is releasing by itself: wait"
        case 0x0C: "an internal fault: switch it off and on"
        case 0x0D: "activation failed: is something between the fingers?"
        case 0x0E: "too much current: remove what blocks it"
        case 0x0F: "it has released by itself: activate it anew"
        default: "fault \(fault)"
        }
    }
}

/// What a Robotiq 2F gripper is asked: the three registers from 0x03E8, as six bytes.
public struct RobotiqAction: BitwiseCopyable, Equatable, Sendable {
    /// Whether it is to be active. Activation moves the fingers.
    public var isActivated = false
    /// Whether it is to go to ``position``.
    public var isGoing = false
    /// 0 open … 255 closed.
    public var position: UInt8 = 0
    /// 0…255: about 20 to 150 mm/s.
    public var speed: UInt8 = 255
    /// 0…255: about 20 to 235 N; 0 does not grasp again what slips.
    public var force: UInt8 = 255

    /// Reset.
    @_noLocks
    public init() {}

    /// Adds the six bytes.
    @_noLocks
    public func append(to buffer: inout FrameBuffer) {
        let isReset = !isActivated
        buffer.append((isActivated ? 0x01 : 0) | (isGoing ? 0x08 : 0))
        buffer.append(0)
        buffer.append(0)
        buffer.append(isReset ? 0 : position)
        buffer.append(isReset || !isGoing ? 0 : speed)
        buffer.append(isReset || !isGoing ? 0 : force)
    }
}
