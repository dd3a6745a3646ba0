/// How much room text takes, without asking a font: a picture is drawn where no font can be opened.
///
/// The advances are those of DejaVu Sans, the widest face that common systems use for `sans-serif`.
/// With any other face of the list in `SVGCanvas` text comes out narrower, so it always fits.
package enum TextMetrics {
    package static func width(of text: String, size: Double, bold: Bool = false) -> Double {
        let advances = bold ? boldAdvances : regularAdvances
        var thousandths = 0
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 32..<127: thousandths += Int(advances[Int(scalar.value) - 32])
            default:
                switch cells(of: scalar) {
                case 0: break
                case 2: thousandths += 1400
                default: thousandths += bold ? 950 : 860
                }
            }
        }
        return Double(thousandths) * size / 1000
    }

    /// Columns that a terminal uses.
    package static func columns(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + cells(of: $1) }
    }

    /// 0 for marks that combine with their neighbour, 2 for East Asian wide characters and emoji.
    private static func cells(of scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x0300...0x036F, 0x1AB0...0x1AFF, 0x20D0...0x20FF, 0x200B...0x200F, 0x2060...0x2064,
            0xFE00...0xFE0F, 0xFE20...0xFE2F, 0xE0100...0xE01EF:
            0
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }

    /// ASCII 32 to 126, in thousandths of the font size.
    private static let regularAdvances: [UInt16] = [
        318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636,
        636,
        636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770,
        632,
        575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989,
        685,
        611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278,
        579,
        278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636,
        838,
    ]
    private static let boldAdvances: [UInt16] = [
        348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696,
        696,
        696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830,
        683,
        683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103,
        771,
        724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343,
        665,
        343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712,
        838,
    ]
}
