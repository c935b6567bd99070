/// A motor that there is a driver for.
///
/// Model numbers are those that the makers' control tables give (Feetech's memory tables, ROBOTIS' e-manual).
public enum MotorModel: String, CaseIterable, Equatable, Sendable {
    case sts3215
    case sts3250
    case sm8512bl
    case xl330M077 = "xl330-m077"
    case xl330M288 = "xl330-m288"
    case xc330T181 = "xc330-t181"
    case xc330T288 = "xc330-t288"
    case xl430W250 = "xl430-w250"
    case xc430W150 = "xc430-w150"
    case xm430W210 = "xm430-w210"
    case xm430W350 = "xm430-w350"
    case xm540W270 = "xm540-w270"
    case xh540W150 = "xh540-w150"
    case robotiq2F85 = "2f-85"
    case robotiq2F140 = "2f-140"

    /// The bus that it is made for.
    public var bus: BusKind {
        switch self {
        case .sts3215, .sts3250, .sm8512bl: .feetech
        case .robotiq2F85, .robotiq2F140: .robotiq
        default: .dynamixel
        }
    }

    /// What its model register holds; nil for one without such a register.
    public var number: Int? {
        switch self {
        case .sts3215: 777
        case .sts3250: 2825
        case .sm8512bl: 11272
        case .xl330M077: 1190
        case .xl330M288: 1200
        case .xc330T181: 1210
        case .xc330T288: 1220
        case .xl430W250: 1060
        case .xc430W150: 1070
        case .xm430W210: 1030
        case .xm430W350: 1020
        case .xm540W270: 1120
        case .xh540W150: 1110
        case .robotiq2F85, .robotiq2F140: nil
        }
    }

    /// What one turn of its output counts; nil for a gripper, whose counts go from open to closed.
    public var countsPerTurn: Int? {
        bus == .robotiq ? nil : 4096
    }
}
