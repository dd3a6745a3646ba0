import CPenstock
import PenstockDataflow
import PenstockRuntime

// A pst_stage: graph tag in the upper 24 bits, stage number + 1 in 28, port in 12. Zero is no
// stage.

private let portBits: UInt64 = 12
/// Stands for the dead-letter port, whose own number is one that no pst_port may reach.
private let deadLetterPort: UInt32 = 1 << 12 - 1
private let stageBits: UInt64 = 28

func makeStage(_ handle: GraphHandle, _ stage: Int?) -> pst_stage {
    guard let stage else { return pst_stage(id: 0) }
    return pst_stage(
        id: handle.tag << (portBits + stageBits) | UInt64(stage + 1) << portBits)
}

/// A number that is too large stays one, so that its use is refused with the stage's name.
func withPort(_ stage: pst_stage, _ port: UInt32) -> pst_stage {
    stage.id == 0 ? stage : numbered(stage, min(port, deadLetterPort - 1))
}

func withDeadLetters(_ stage: pst_stage) -> pst_stage { numbered(stage, deadLetterPort) }

private func numbered(_ stage: pst_stage, _ port: UInt32) -> pst_stage {
    pst_stage(id: stage.id & ~(1 << portBits - 1) | UInt64(port))
}

/// The stage and port, or the graph's error.
func port(_ handle: GraphHandle, _ stage: pst_stage, for user: String) -> Description.Port? {
    let graph = handle.graph.description
    if graph.failure != nil { return nil }
    if stage.id == 0 {
        graph.fail(.badHandle, "\(user): the stage it is given is none")
        return nil
    }
    if stage.id >> (portBits + stageBits) != handle.tag {
        graph.fail(.badHandle, "\(user): the stage it is given belongs to another graph")
        return nil
    }
    let index = Int(stage.id >> portBits & (1 << stageBits - 1)) - 1
    if !graph.stages.indices.contains(index) {
        graph.fail(.badHandle, "\(user): the stage it is given does not exist")
        return nil
    }
    let spec = graph.stages[index]
    let number = UInt32(stage.id & (1 << portBits - 1))
    if number == deadLetterPort {
        return Description.Port(stage: index, port: spec.deadLetterPort)
    }
    // Settings and feedback name a stage that has no outputs by its port 0.
    if number > 0 && number >= spec.outputs.count {
        graph.fail(
            .port,
            "\(user): '\(spec.name)' has no output port \(number), it has \(spec.outputs.count)")
        return nil
    }
    return Description.Port(stage: index, port: Int(number))
}

/// For calls that return a status: the number of a stage of this graph.
func stageIndex(_ handle: GraphHandle, _ stage: pst_stage) throws(Failure) -> Int {
    let index = Int(stage.id >> portBits & (1 << stageBits - 1)) - 1
    guard stage.id != 0, stage.id >> (portBits + stageBits) == handle.tag,
        handle.graph.description.stages.indices.contains(index)
    else {
        throw Failure(.badHandle, "\(handle.graph.name): stage is not a stage of this graph")
    }
    return index
}
