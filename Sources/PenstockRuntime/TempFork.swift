package enum ForkJoinT {
    package typealias Body = @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Void
}
extension Engine {
    package var forkJoinThreads: Int { 2 }
    package func forkJoin(
        count: Int, atMost threads: Int, context: UnsafeMutableRawPointer?, body: ForkJoinT.Body
    ) { for i in 0..<count { body(context, i, 0) } }
}
