import PenstockRuntime
import PenstockTopology

/// Sets of workers that actors are restricted to, by the name of a topology object.
final class WorkerSets: @unchecked Sendable {
    private let machine: Machine
    private let cores: [Int?]
    private let words: UnsafeMutablePointer<UInt64>
    private let wordCount: Int
    private let lock = Lock()
    private var named: [String: UInt8] = [:]  // guard: lock

    /// `words`: `wordCount` for each set; written once, before anybody knows of the set.
    init(machine: Machine, workers: [Worker], words: UnsafeMutablePointer<UInt64>, wordCount: Int) {
        self.machine = machine
        cores = workers.map(\.core)
        self.words = words
        self.wordCount = wordCount
    }

    func set(on name: String) throws(Failure) -> UInt8 {
        let processors: ProcessorSet
        do {
            processors = try machine.processors(named: name)
        } catch {
            throw Failure(.invalid, "options.on: \(error)")
        }
        return try lock.withLock { () throws(Failure) in
            if let known = named[name.lowercased()] { return known }
            let there = cores.indices.filter { worker in
                cores[worker].map {
                    !machine.cores[$0].processorSet.intersection(processors).isEmpty
                } ?? false
            }
            guard !there.isEmpty else {
                throw Failure(.invalid, "options.on: the engine has no worker on '\(name)'")
            }
            let set = named.count + 1
            guard set < ActorCore.setLimit - ActorCore.hostLimit else {
                throw Failure(.notSupported, "options.on: more than \(set - 1) different places")
            }
            for worker in there { words[set * wordCount + worker / 64] |= 1 << UInt64(worker % 64) }
            named[name.lowercased()] = UInt8(set)
            return UInt8(set)
        }
    }
}
