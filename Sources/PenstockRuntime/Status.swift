/// The statuses of the C ABI; the raw values are those of `pst_status` and pinned for ever.
package enum Status: Int32, Sendable {
    case ok = 0
    case end = 1
    case invalid = 2
    case noMemory = 3
    case badHandle = 4
    case typeMismatch = 5
    case port = 6
    case cycle = 7
    case deadlock = 8
    case cancelled = 9
    case timedOut = 10
    case again = 11
    case busy = 12
    case badState = 13
    case stageFailed = 14
    case topology = 15
    case notSupported = 16
    case forked = 17
    case system = 18
    case closed = 19
    case `internal` = 20
    case stale = 21
}

/// An error of the engine: what kind, and a sentence that names the argument or stage at fault.
package struct Failure: Error, Sendable {
    package let status: Status
    package let text: String
    /// Where, when a stage failed.
    package let site: Site?

    package struct Site: Sendable {
        package let stage: Int
        package let replica: Int
        /// Index of the element among those the replica was given.
        package let position: UInt64

        package init(stage: Int, replica: Int, position: UInt64) {
            self.stage = stage
            self.replica = replica
            self.position = position
        }
    }

    package init(_ status: Status, _ text: String, site: Site? = nil) {
        self.status = status
        self.text = text
        self.site = site
    }
}
