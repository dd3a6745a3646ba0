/// Rounding without libm, which `rounded()` calls in debug builds and which nothing here links.
extension Double {
    /// The nearest whole number, half away from zero. From 2^52 on every Double is whole.
    var nearest: Double {
        guard magnitude < 4_503_599_627_370_496 else { return self }
        let whole = Double(Int64(self))
        let rest = self - whole
        return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole
    }

    /// The next whole number that is not below.
    var ceiling: Double {
        guard magnitude < 4_503_599_627_370_496 else { return self }
        let whole = Double(Int64(self))
        return whole < self ? whole + 1 : whole
    }
}
