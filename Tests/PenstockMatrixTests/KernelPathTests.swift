import Glibc
import PenstockMatrix
import Testing

@Suite struct KernelPathTests {
    @Test func genericIsAlwaysThere() throws {
        #expect(KernelPath.available.last?.name == "generic")
        for path in KernelPath.available {
            #expect(try KernelPath.named(path.name).get().name == path.name)
        }
    }

    @Test func unknownNamesAreErrors() {
        for name in ["", "AVX2", "avx", "avx512 ", "sve"] {
            guard case .failure(let error) = KernelPath.named(name) else {
                Issue.record("\(name) was found")
                continue
            }
            #expect(error == .unknown(name))
            #expect(error.text.contains("no kernel is named \"\(name)\""))
            #expect(error.text.contains("generic"))
        }
    }

    @Test func bestIsChosenUnlessTold() async {
        await #expect(processExitsWith: .success) {
            unsetenv("PST_ISA")
            let name = selectedName
            #expect(name == KernelPath.available.first?.name)
        }
        await #expect(processExitsWith: .success) {
            setenv("PST_ISA", "generic", 1)
            #expect(selectedName == "generic")
            #expect(GemmSettings.standard?.path.name == "generic")
            // Read once.
            setenv("PST_ISA", "nonsense", 1)
            #expect(selectedName == "generic")
        }
    }

    @Test func badChoiceStopsEveryProduct() async {
        await #expect(processExitsWith: .success) {
            setenv("PST_ISA", "nonsense", 1)
            #expect(selectedName == nil)
            let a = Operand<Float>.noise(3, 3, seed: 1)
            let c = Operand<Float>.noise(3, 3, seed: 2)
            let call = Call(m: 3, n: 3, k: 3, a: a.view, b: a.view, c: c.mutableView)
            #expect(Float.gemm(call, nil) == .failed(.noKernel))
            #expect(throws: GemmFault.noKernel) { try PackedMatrixF32(a.view, k: 3, n: 3) }
        }
    }
}

/// The name of the path that products use, nil when `PST_ISA` cannot be honoured.
private var selectedName: String? {
    switch selectedKernel() {
    case .success(let path): path.name
    case .failure(let error): error == .unknown("nonsense") ? nil : error.text
    }
}
