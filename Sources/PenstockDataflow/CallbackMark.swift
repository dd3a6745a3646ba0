import CPenstockPlatform
package import PenstockRuntime

/// Which run's tasks the calling thread is running, for refusing calls that would wait for
/// themselves. Workers mark themselves through thread-local storage; a host thread does while it
/// runs host stages.
package enum CallbackMark {
    package static func isInside(_ run: Run) -> Bool {
        guard let raw = pstp_tls_get() else { return false }
        let object = Unmanaged<AnyObject>.fromOpaque(raw).takeUnretainedValue()
        if let other = object as? Run { return other === run }
        guard let worker = object as? Worker else { return false }
        return run.tasksByWorker.contains { $0.worker === worker }
    }

    static var isInsideAny: Bool { pstp_tls_get() != nil }

    /// Is the calling thread inside any callback of this engine? What is no run is a worker, or a
    /// dispatcher of actors.
    package static func isInside(_ engine: Engine) -> Bool {
        guard let raw = pstp_tls_get() else { return false }
        let object = Unmanaged<AnyObject>.fromOpaque(raw).takeUnretainedValue()
        if let run = object as? Run { return run.engine === engine }
        return true
    }

    static func during<Result>(_ run: Run, _ body: () -> Result) -> Result {
        let before = pstp_tls_get()
        pstp_tls_set(Unmanaged.passUnretained(run).toOpaque())
        defer { pstp_tls_set(before) }
        return body()
    }
}

extension Engine {
    /// Is the calling thread inside a callback that runs on this engine?
    package var isCalledFromInside: Bool {
        CallbackMark.isInside(self) || environment.simulation?.isOwned == true
    }
}
