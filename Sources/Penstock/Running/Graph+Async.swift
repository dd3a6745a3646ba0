import PenstockRuntime

extension Graph {
    /// Runs the graph without blocking a thread of Swift's cooperative pool: the waiting, and the
    /// stages that are `onHost()`, are on a thread of their own. Cancelling the task cancels the
    /// run, which then throws `.cancelled`.
    public func run(on engine: Engine) async throws(PenstockError) {
        try start(on: engine)
        try await wait()
    }

    /// Waits for the end of the run, at most so long, and throws how it failed; `.timedOut` when it
    /// goes on. Cancelling the task cancels the run.
    public func wait(timeout: Duration? = nil) async throws(PenstockError) {
        let nanoseconds = timeout?.wholeNanoseconds ?? .max
        let result = await withTaskCancellationHandler {
            await OwnThread.run { () -> Result<Void, PenstockError> in
                do throws(PenstockError) {
                    return .success(try self.finish(nanoseconds))
                } catch {
                    return .failure(error)
                }
            }
        } onCancel: {
            self.cancel()
        }
        try result.get()
    }
}
