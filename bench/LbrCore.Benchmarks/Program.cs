using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using LbrCore.Benchmarks;

// --quick: the figures in seconds, with a simple loop. Otherwise BenchmarkDotNet, with its options (--filter, --list, ...).
if (args is ["--quick"]) return Quick.Run(Console.Out);

// In this process: a project that BenchmarkDotNet generates would inherit this repository's build rules.
IConfig config = DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Quick).Assembly).Run(args, config);
return 0;
