public import Robots

/// Where one family of servos keeps what setting up and checking it needs: the same things, at other places.
public struct ServoTable: Sendable {
    /// The model number.
    public var model: Register
    /// The parts of the firmware's version, the first one first.
    public var firmware: [Register]
    /// The address on the bus; takes effect at once.
    public var id: Register
    /// A code of ``baudCodes``; takes effect at once.
    public var baudRate: Register
    /// What ``baudRate`` holds for which bits a second.
    public var baudCodes: [(code: Int, baudRate: Int)]
    /// What a servo from the factory is set to, bits a second.
    public var factoryBaudRate: Int
    /// How long a servo waits before it replies.
    public var returnDelay: Register
    /// Which requests are replied to.
    public var responseLevel: Register
    /// What ``responseLevel`` holds for: all of them.
    public var repliesToAll: Int
    /// 0 lets what is kept without power be written, 1 protects it; nil where only the torque has to be off.
    public var lock: Register?
    /// 1 for on.
    public var torqueEnable: Register
    /// The limits of goals, lowest and highest, where they have to be opened for a calibration; nil where they do not
    /// count.
    public var positionLimits: (lowest: Register, highest: Register)?
    /// See ``Calibration``; whether it is taken from the encoder's position or added to it is the family's way.
    public var homingOffset: Register
    /// Whether counts go round within a turn, so that a joint's range must not lie across that place.
    public var goesRound: Bool
    /// Where the servo is.
    public var position: Register
    /// Of the supply.
    public var voltage: Register
    /// Below it the servo protects itself.
    public var minimumVoltage: Register
    /// Above it the servo protects itself.
    public var maximumVoltage: Register
    /// Inside.
    public var temperature: Register
    /// From here on the servo protects itself.
    public var maximumTemperature: Register
    /// The bits of what it complains about; see ``ServoCodec/fault(ofStatus:)``.
    public var status: Register
    /// How long a servo may take to reply to a ping of all, s.
    public var broadcastWait: Double

    /// The code for bits a second; nil if the servos do not do that many.
    public func code(for baudRate: Int) -> Int? { baudCodes.first { $0.baudRate == baudRate }?.code }
}

extension FeetechCodec {
    /// What the bits of ``FeetechRegister/status`` say; but for an overload, which ends with the torque.
    public static func fault(ofStatus bits: UInt8) -> DeviceFault {
        FeetechError(rawValue: bits).subtracting([.overload, .current]).fault
    }

    /// STS and SMS. (Feetech, "SMS/STS series memory table".)
    public static let table = ServoTable(
        model: FeetechRegister.model, firmware: [FeetechRegister.firmwareMajor, FeetechRegister.firmwareMinor],
        id: FeetechRegister.id, baudRate: FeetechRegister.baudRate,
        baudCodes: [
            (0, 1_000_000), (1, 500_000), (2, 250_000), (3, 128_000), (4, 115_200), (5, 76_800), (6, 57_600),
            (7, 38_400),
        ],
        factoryBaudRate: 1_000_000, returnDelay: FeetechRegister.returnDelay,
        responseLevel: FeetechRegister.responseLevel, repliesToAll: 1, lock: FeetechRegister.lock,
        torqueEnable: FeetechRegister.torqueEnable,
        positionLimits: (FeetechRegister.minimumPosition, FeetechRegister.maximumPosition),
        homingOffset: FeetechRegister.homingOffset, goesRound: true, position: FeetechRegister.presentPosition,
        voltage: FeetechRegister.presentVoltage, minimumVoltage: FeetechRegister.minimumVoltage,
        maximumVoltage: FeetechRegister.maximumVoltage, temperature: FeetechRegister.presentTemperature,
        maximumTemperature: FeetechRegister.maximumTemperature, status: FeetechRegister.status, broadcastWait: 0.1)
}

extension DynamixelCodec {
    /// What the bits of ``DynamixelRegister/hardwareError`` say.
    public static func fault(ofStatus bits: UInt8) -> DeviceFault { DynamixelHardwareError(rawValue: bits).fault }

    /// The X series. (ROBOTIS e-manual.) A ping of all is replied to after 3 ms for each address below one's own.
    public static let table = ServoTable(
        model: DynamixelRegister.model, firmware: [DynamixelRegister.firmware], id: DynamixelRegister.id,
        baudRate: DynamixelRegister.baudRate,
        baudCodes: [
            (0, 9_600), (1, 57_600), (2, 115_200), (3, 1_000_000), (4, 2_000_000), (5, 3_000_000), (6, 4_000_000),
        ],
        factoryBaudRate: 57_600, returnDelay: DynamixelRegister.returnDelay,
        responseLevel: DynamixelRegister.statusReturnLevel, repliesToAll: 2, lock: nil,
        torqueEnable: DynamixelRegister.torqueEnable, positionLimits: nil,
        homingOffset: DynamixelRegister.homingOffset, goesRound: false,
        position: DynamixelRegister.presentPosition, voltage: DynamixelRegister.presentVoltage,
        minimumVoltage: DynamixelRegister.minimumVoltage, maximumVoltage: DynamixelRegister.maximumVoltage,
        temperature: DynamixelRegister.presentTemperature, maximumTemperature: DynamixelRegister.temperatureLimit,
        status: DynamixelRegister.hardwareError, broadcastWait: 0.8)
}
