import PenstockRuntime

extension RunBuilder {
    mutating func makeStep(
        _ at: UnsafeMutablePointer<Step>, _ index: Int, _ replica: Int,
        _ segment: UnsafeMutablePointer<Segment>, scratch: UnsafeMutableRawPointer?,
        _ ports: UnsafeMutablePointer<PortSpan>, _ portCount: Int, most: Int
    ) throws(Failure) {
        let stage = stages[index]
        let purpose = "stage '\(stage.name)'"
        let out = stage.outputs.first
        var own = ports
        if let scratch, let out {
            let count = most * Plan.expansion(of: stage)
            own = try run.arena.array(PortSpan.self, 1, for: purpose)
            own.initialize(
                to: PortSpan(
                    base: scratch, capacity: count, stride: out.size, destroy: out.destroy,
                    destroyUser: out.user, scratch: scratch, scratchCapacity: count))
        }
        let text = try run.arena.array(CChar.self, Step.textBytes, for: purpose)
        let options = stage.options
        let builtIn = stage.builtIn
        var every: UInt64 = 0
        if case .fold(_, _, let n) = stage.kind { every = n }
        at.initialize(
            to: Step(
                kind: stepKind(stage.kind), stage: Int32(index), replica: Int32(replica),
                replicas: Int32(options.replicas), policy: options.onFailure,
                setup: builtIn?.setup ?? options.setup,
                teardown: builtIn?.teardown ?? options.teardown, finish: stage.finish,
                user: stage.user, segment: segment,
                inStride: stage.input?.size ?? 0, outStride: out?.size ?? 0,
                destroyInput: stage.input?.destroy, destroyInputUser: stage.input?.user,
                maxOutputs: stage.maxOutputs,
                isResumable: builtIn?.isResumable ?? false, ports: own,
                portCount: scratch == nil ? portCount : out == nil ? 0 : 1,
                deadLetterPort: options.onFailure == .deadLetter ? stage.deadLetterPort : -1,
                every: every, failText: text, retries: options.retries,
                backoff: options.backoffNanoseconds))
        switch stage.kind {
        case .source(let function): at.pointee.source = function
        case .map(let function): at.pointee.map = function
        case .filter(let function):
            at.pointee.filter = function
            at.pointee.keep = try run.arena.array(Bool.self, most, for: purpose)
        case .process(let function): at.pointee.process = function
        case .fold(let function, let initial, _):
            at.pointee.fold = function
            try makeFoldState(at, out!, initial, purpose)
        case .sink(let function): at.pointee.sink = function
        case .merge, .feed, .drain: break
        }
    }

    mutating func makeFoldState(
        _ step: UnsafeMutablePointer<Step>, _ type: ElementType, _ initial: [UInt8],
        _ purpose: String
    ) throws(Failure) {
        let state = try run.arena.bytes(1, size: type.size, alignment: 128, for: purpose)
        let first = try run.arena.bytes(1, size: type.size, alignment: 128, for: purpose)
        initial.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress, bytes.count == type.size {
                state.copyMemory(from: base, byteCount: type.size)
                first.copyMemory(from: base, byteCount: type.size)
            }
        }
        step.pointee.foldState = state
        step.pointee.foldInitial = first
        step.pointee.foldStateIsLive = type.destroy != nil
    }

    func stepKind(_ kind: StageKind) -> Step.Kind {
        switch kind {
        case .source: .source
        case .map: .map
        case .filter: .filter
        case .process: .process
        case .fold: .fold
        case .sink, .merge, .feed, .drain: .sink
        }
    }
}
