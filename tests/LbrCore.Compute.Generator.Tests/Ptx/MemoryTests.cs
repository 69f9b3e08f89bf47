using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Ptx;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Ptx;

/// <summary>Loads, stores, atomics, asynchronous copies and what lanes do together.</summary>
public class MemoryTests
{
    readonly Kernel _k = new();
    readonly (Value Pointer, Value Length) _x;

    public MemoryTests() => _x = _k.View("x");

    Builder B => _k.Build;

    void Expect(params string[] lines) => Assert.Equal(lines, InstructionTests.Body(_k));

    [Theory]
    [InlineData(IrType.F32, 1, CacheKind.Default, "ld.global.f32 %f0, [%rd1+8];")]
    [InlineData(IrType.F32, 4, CacheKind.ReadOnly, "ld.global.nc.v4.f32 {%f0, %f1, %f2, %f3}, [%rd1+8];")]
    [InlineData(IrType.U32, 4, CacheKind.Streaming, "ld.global.nc.L1::no_allocate.v4.u32 {%r0, %r1, %r2, %r3}, [%rd1+8];")]
    [InlineData(IrType.S32, 1, CacheKind.Volatile, "ld.relaxed.gpu.global.s32 %r0, [%rd1+8];")]
    [InlineData(IrType.F64, 2, CacheKind.Default, "ld.global.v2.f64 {%fd0, %fd1}, [%rd1+8];")]
    [InlineData(IrType.S8, 1, CacheKind.Default, "ld.global.s8 %r0, [%rd1+8];")]
    [InlineData(IrType.BF16, 4, CacheKind.Default, "ld.global.v4.b16 {%h0, %h1, %h2, %h3}, [%rd1+8];")]
    internal void Loads(IrType t, int count, CacheKind cache, string expected)
    {
        Value[] v = _k.Loads(_x, B.Int(0), t, count, cache, offset: 8);
        Assert.Equal(count, v.Length);
        Expect(expected);
    }

    [Fact]
    public void Eight_halves_travel_as_four_words()
    {
        Value[] v = _k.Loads(_x, B.Int(0), IrType.BF16, 8);
        _k.Store(_x, B.Int(8), v);
        Expect("ld.global.v4.b32 {%r0, %r1, %r2, %r3}, [%rd1];", "mov.b32 {%h0, %h1}, %r0;", "mov.b32 {%h2, %h3}, %r1;", "mov.b32 {%h4, %h5}, %r2;", "mov.b32 {%h6, %h7}, %r3;",
            "mov.b32 %r4, {%h0, %h1};", "mov.b32 %r5, {%h2, %h3};", "mov.b32 %r6, {%h4, %h5};", "mov.b32 %r7, {%h6, %h7};", "st.global.v4.b32 [%rd1+16], {%r4, %r5, %r6, %r7};");
    }

    [Fact]
    public void Truth_values_are_bytes()
    {
        Value p = _k.Load(_x, B.Int(0), IrType.Pred);
        _k.Store(_x, B.Int(1), p, B.Bool(true));
        Expect("ld.global.u8 %r0, [%rd1];", "setp.ne.s32 %p0, %r0, 0;", "selp.b32 %r1, 1, 0, %p0;", "mov.b32 %r2, 1;", "st.global.v2.u8 [%rd1+1], {%r1, %r2};");
    }

    [Fact]
    public void What_stays_in_L2_shares_one_policy_made_on_entry()
    {
        Value v = _k.Load(_x, B.Int(0), IrType.F32, CacheKind.KeepInL2);
        B.Emit(Opcode.Store, [], [_x.Pointer, B.Int(1), _x.Length, v], op => (op.Elem, op.Attr, op.Stride) = (IrType.F32, (int)CacheKind.KeepInL2, 4));
        B.Emit(Opcode.Store, [], [_x.Pointer, B.Int(2), _x.Length, v], op => (op.Elem, op.Attr, op.Stride) = (IrType.F32, (int)CacheKind.Streaming, 4));
        Expect("createpolicy.fractional.L2::evict_last.b64 %rd2, 1.0;", "ld.global.L2::cache_hint.f32 %f0, [%rd1], %rd2;", "st.global.L2::cache_hint.f32 [%rd1+4], %f0, %rd2;", "st.global.cs.f32 [%rd1+8], %f0;");
        Assert.StartsWith(".version 7.4\n", PtxPrinter.Print(_k.Ir).Text);
    }

    [Fact]
    public void Addresses_of_every_space()
    {
        Value i = _k.Scalar("i", IrType.S32), j = _k.Scalar("j", IrType.S64);
        (Value, Value) s = _k.Shared(IrType.F64, 8, 64), t = _k.Shared(IrType.F32, 8);
        Value local = B.Emit(Opcode.LocalAlloc, [IrType.PtrLocal], [], op => (op.Elem, op.Count) = (IrType.F32, 4))[0];
        Value f = _k.Load(_x, j, IrType.F32), g = _k.Load(t, j, IrType.F32), d = _k.Load(s, i, IrType.F64), h = _k.Load((local, B.Long(4)), i, IrType.F32);
        Assert.NotNull(f);
        Assert.NotNull(g);
        Assert.NotNull(h);
        _k.Store(s, B.Int(-1), d);
        Expect("mov.u32 %r3, static_shared+64;", "mov.u32 %r7, static_shared;",
            "mov.u64 %rd3, local_0;", "mov.b32 %r1, 0;", "st.local.v4.b32 [%rd3], {%r1, %r1, %r1, %r1};",
            "shl.b64 %rd5, %rd2, 2;", "add.s64 %rd4, %rd1, %rd5;", "ld.global.f32 %f0, [%rd4];",
            "cvt.u32.u64 %r4, %rd2;", "shl.b32 %r5, %r4, 2;", "add.s32 %r2, %r3, %r5;", "ld.shared.f32 %f1, [%r2];",
            "shl.b32 %r8, %r0, 3;", "add.s32 %r6, %r7, %r8;", "ld.shared.f64 %fd0, [%r6];",
            "mul.wide.s32 %rd7, %r0, 4;", "add.s64 %rd6, %rd3, %rd7;", "ld.local.f32 %f2, [%rd6];",
            "st.shared.f64 [static_shared+-8], %fd0;");
        Assert.Equal(16, PtxPrinter.Print(_k.Ir).LocalBytes);
    }

    [Fact]
    public void Large_local_arrays_are_zeroed_in_a_loop()
    {
        B.Emit(Opcode.LocalAlloc, [IrType.PtrLocal], [], op => (op.Elem, op.Count) = (IrType.F32, 1000));
        Assert.Contains("@%p0 bra.uni $zero_1;", InstructionTests.Body(_k));
        Assert.Contains(".local .align 16 .b8 local_0[4000];", PtxPrinter.Print(_k.Ir).Text);
    }

    Value Atomic(AtomicKind kind, IrType t, params Value[] values) =>
        B.Emit(Opcode.Atomic, [t], [_x.Pointer, B.Int(1), _x.Length, .. values], op => (op.Elem, op.Stride, op.Attr) = (t, t.Size(), (int)kind))[0];

    [Fact]
    public void Atomics_whose_result_nobody_reads_are_reductions()
    {
        Value f = _k.Scalar("f", IrType.F32), l = _k.Scalar("l", IrType.S64), n = _k.Scalar("n", IrType.S32);
        Atomic(AtomicKind.Add, IrType.F32, f);
        Atomic(AtomicKind.Add, IrType.S64, l);
        _k.Store(_x, B.Int(0), Atomic(AtomicKind.Max, IrType.S32, n));
        Atomic(AtomicKind.Exchange, IrType.F32, f);
        _k.Store(_x, B.Int(0), Atomic(AtomicKind.CompareExchange, IrType.S32, n, B.Int(7)));
        Expect("red.global.add.f32 [%rd1+4], %f0;", "red.global.add.u64 [%rd1+8], %rd2;", "atom.global.max.s32 %r1, [%rd1+4], %r0;", "st.global.s32 [%rd1], %r1;",
            "mov.b32 %r2, %f0;", "atom.global.exch.b32 %r3, [%rd1+4], %r2;", "mov.b32 %f1, %r3;",
            "mov.b32 %r4, 7;", "atom.global.cas.b32 %r5, [%rd1+4], %r4, %r0;", "st.global.s32 [%rd1], %r5;");
    }

    [Fact]
    public void Barriers_fences_and_votes()
    {
        Value p = _k.Scalar("p", IrType.Pred);
        B.Emit(Opcode.Barrier, [], []);
        B.Emit(Opcode.NamedBarrier, [], [], op => (op.Attr, op.Bits) = (2, 64));
        B.Emit(Opcode.WarpBarrier, [], []);
        B.Emit(Opcode.BarrierReduce, [IrType.Pred], [p], op => op.Attr = 1);
        B.Emit(Opcode.BarrierReduce, [IrType.S32], [p], op => op.Attr = 2);
        B.Emit(Opcode.Ballot, [IrType.U32], [p]);
        B.Emit(Opcode.VoteAny, [IrType.Pred], [p]);
        B.Emit(Opcode.Fence, [], [], op => op.Attr = 1);
        Expect("setp.ne.s32 %p0, %r0, 0;", "bar.sync 0;", "bar.sync 2, 64;", "bar.warp.sync 0xffffffff;", "bar.red.or.pred %p1, 0, %p0;", "bar.red.popc.u32 %r1, 0, %p0;",
            "vote.sync.ballot.b32 %r2, %p0, 0xffffffff;", "vote.sync.any.pred %p2, %p0, 0xffffffff;", "fence.acq_rel.gpu;");
    }

    [Fact]
    public void Shuffles_of_wide_values_go_word_by_word_and_keep_the_own_value_out_of_range()
    {
        Value d = _k.Scalar("d", IrType.F64), n = _k.Scalar("n", IrType.S32), h = _k.Scalar("h", IrType.BF16);
        Value Shuffle(Value v, Value by, ShuffleKind kind) => B.Emit(Opcode.Shuffle, [v.Type], [v, by], op => op.Attr = (int)kind)[0];
        Shuffle(d, B.Int(3), ShuffleKind.Up);
        Shuffle(n, n, ShuffleKind.Index);
        Shuffle(h, B.Int(1), ShuffleKind.Xor);
        Expect("mov.b64 {%r1, %r2}, %fd0;", "shfl.sync.up.b32 %r3, %r1, 3, 0, 0xffffffff;", "shfl.sync.up.b32 %r4, %r2, 3, 0, 0xffffffff;", "mov.b64 %fd1, {%r3, %r4};",
            "setp.lt.u32 %p0, %r0, 32;", "shfl.sync.idx.b32 %r6, %r0, %r0, 31, 0xffffffff;", "selp.b32 %r7, %r6, %r0, %p0;", "mov.b32 %r5, %r7;",
            "cvt.u32.u16 %r8, %h0;", "shfl.sync.bfly.b32 %r9, %r8, 1, 31, 0xffffffff;", "cvt.u16.u32 %h1, %r9;");
    }

    [Fact]
    public void Tensor_cores_and_asynchronous_copies()
    {
        Value valid = _k.Scalar("valid", IrType.Pred);
        (Value Pointer, Value Length) s = _k.Shared(IrType.BF16, 512);
        void Copy(Value ok, ulong bytes, int at) => B.Emit(Opcode.AsyncCopy, [], [s.Pointer, B.Int(at), s.Length, _x.Pointer, B.Int(at), _x.Length, ok], op => (op.Bits, op.Elem, op.Stride) = (bytes, IrType.BF16, 2));
        Copy(B.Bool(true), 16, 8);
        Copy(valid, 4, 2);
        B.Emit(Opcode.AsyncCommit, [], []);
        B.Emit(Opcode.AsyncWait, [], [], op => op.Attr = 1);
        Value[] a = B.Emit(Opcode.LoadMatrix, [IrType.U32, IrType.U32, IrType.U32, IrType.U32], [s.Pointer, B.Int(16), s.Length], op => (op.Elem, op.Count, op.Stride) = (IrType.BF16, 4, 2));
        Value[] b = B.Emit(Opcode.LoadMatrix, [IrType.U32, IrType.U32], [s.Pointer, B.Int(0), s.Length], op => (op.Elem, op.Count, op.Stride, op.Attr) = (IrType.BF16, 2, 2, 1));
        Value f = _k.Scalar("f", IrType.F32);
        B.Emit(Opcode.Mma, [IrType.F32, IrType.F32, IrType.F32, IrType.F32], [.. a, .. b, f, f, B.Float(0), B.Float(0)], op => op.Attr = 1);
        Expect("setp.ne.s32 %p0, %r0, 0;", "cp.async.cg.shared.global [static_shared+16], [%rd1+16], 16;",
            "selp.b32 %r1, 4, 0, %p0;", "cp.async.ca.shared.global [static_shared+4], [%rd1+4], 4, %r1;", "cp.async.commit_group;", "cp.async.wait_group 1;",
            "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r2, %r3, %r4, %r5}, [static_shared+32];", "ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%r6, %r7}, [static_shared];",
            "mov.f32 %f1, 0f00000000;",
            "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f2, %f3, %f4, %f5}, {%r2, %r3, %r4, %r5}, {%r6, %r7}, {%f0, %f0, %f1, %f1};");
    }

    [Fact]
    public void Products_of_warp_groups_add_in_place_and_name_their_factors_by_descriptors()
    {
        Value p = B.Emit(Opcode.DynamicShared, [IrType.PtrShared], [])[0];
        Value[] sums = [_k.Scalar("s", IrType.F32), _k.Scalar("t", IrType.F32), B.Float(0), B.Float(0)];
        for (int i = 0; i < 2; i++)
        {
            sums = B.Emit(
                Opcode.WarpGroupMma, [IrType.F32, IrType.F32, IrType.F32, IrType.F32], [p, B.Int(0), B.Long(8192), p, B.Int(4096), B.Long(8192), .. sums],
                op => (op.Attr, op.Bits, op.Stride) = (i == 0 ? 0 : (int)(WarpGroupFlags.Half | WarpGroupFlags.TransposedA | WarpGroupFlags.TransposedB), 4096, 2));
        }

        B.Emit(Opcode.WarpGroupWait, [], [], op => op.Attr = 1);
        string[] body = InstructionTests.Body(_k), products = [.. body.Where(line => line.StartsWith("wgmma.mma_async", StringComparison.Ordinal))];
        Assert.Equal(2, products.Length);
        Assert.Matches(@"^wgmma\.mma_async\.sync\.aligned\.m64n8k16\.f32\.bf16\.bf16 \{%f\d+, %f\d+, %f\d+, %f\d+\}, %rd\d+, %rd\d+, %p\d+, 1, 1, 0, 0;$", products[0]);
        Assert.Matches(@"^wgmma\.mma_async\.sync\.aligned\.m64n8k16\.f32\.f16\.f16 .* 1, 1, 1, 1;$", products[1]);
        string Sums(string product) => product[product.IndexOf('{', StringComparison.Ordinal)..product.IndexOf('}', StringComparison.Ordinal)];
        Assert.Equal(Sums(products[0]), Sums(products[1]));
        Assert.DoesNotContain(body.SkipWhile(line => line != products[0]), line => line.StartsWith("mov.f32", StringComparison.Ordinal));
        // Stride of eight rows and swizzle; the leading offset is one unit along k and the panel's bytes across it.
        Assert.Contains(body, line => line.EndsWith($", {(1 << 30) | (1024 >> 4)};", StringComparison.Ordinal));
        Assert.Equal(3, body.Count(line => line.StartsWith("or.b32", StringComparison.Ordinal) && line.EndsWith($", {1 << 16};", StringComparison.Ordinal)));
        Assert.Single(body, line => line.StartsWith("or.b32", StringComparison.Ordinal) && line.EndsWith($", {(8192 >> 4) << 16};", StringComparison.Ordinal));
        Assert.Equal("wgmma.wait_group.sync.aligned 1;", body[^1]);
        string text = PtxPrinter.Print(_k.Ir).Text;
        Assert.StartsWith(".version 8.0\n.target sm_90a\n", text);
        Assert.Contains(".extern .shared .align 1024 .b8 dynamic_shared[];", text);
    }

    [Fact]
    public void Dynamic_shared_memory_is_declared_outside_of_the_entry()
    {
        Value p = B.Emit(Opcode.DynamicShared, [IrType.PtrShared], [])[0];
        _k.Store((p, B.Emit(Opcode.DynamicSharedSize, [IrType.S64], [])[0]), B.Int(4), B.Float(1));
        Expect("mov.u32 %r0, %dynamic_smem_size;", "cvt.u64.u32 %rd0, %r0;", "mov.f32 %f0, 0f3F800000;", "st.shared.f32 [dynamic_shared+16], %f0;");
        Assert.Contains("\n.extern .shared .align 128 .b8 dynamic_shared[];\n.visible .entry", PtxPrinter.Print(_k.Ir).Text);
    }
}
