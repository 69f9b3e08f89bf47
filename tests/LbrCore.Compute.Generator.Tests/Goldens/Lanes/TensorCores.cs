/// <summary>tensorcores_run (TensorCores.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class tensorcores_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* a = (byte*)Args[0];
        long aLength = (long)Args[1];
        byte* b = (byte*)Args[2];
        long bLength = (long)Args[3];
        byte* c = (byte*)Args[4];
        long cLength = (long)Args[5];
        I32 laneIdx = LaneIdx;
        Mask active = Active;
        switch (state)
        {
            case 1: goto Resume1;
        }

        {
            // TensorCores.cs:9
            I32 t = laneIdx * 8;
            Lanes.LoadWords(this, a, t, aLength, 2, 0, active, out U32 word, out U32 word2, out U32 word3, out U32 word4);
            U32 t2 = word;
            U32 t3 = word2;
            U32 t4 = word3;
            U32 t5 = word4;
            Lanes.StoreWords(this, Shared, t, 256L, 2, 0, active, t2, t3, t4, t5);
            // TensorCores.cs:10
            Mask lanes = active & (laneIdx < 16);
            if (lanes.AnyLane)
            {
                Lanes.LoadWords(this, b, t, bLength, 2, 0, lanes, out U32 word5, out U32 word6, out U32 word7, out U32 word8);
                U32 t6 = word5;
                U32 t7 = word6;
                U32 t8 = word7;
                U32 t9 = word8;
                Lanes.StoreWords(this, Shared + 512, t, 128L, 2, 0, lanes, t6, t7, t8, t9);
            }
        }
        // TensorCores.cs:11
        NextState = 1;
        return false;
    Resume1:
        {
            // TensorCores.cs:12
            Lanes.LoadMatrix(this, (long)Shared, (I64)((laneIdx & 15) * 16 + (laneIdx >> 4) * 8), 256L, 2, 0, false, out U32 matrix, out U32 matrix2, out U32 matrix3, out U32 matrix4);
            U32 x = matrix;
            U32 x2 = matrix2;
            U32 x3 = matrix3;
            U32 x4 = matrix4;
            // TensorCores.cs:13
            I32 t10 = (laneIdx & 7) * 16 + ((laneIdx >> 3) & 1) * 8;
            Lanes.LoadMatrix(this, (long)(Shared + 512), (I64)t10, 128L, 2, 0, false, out U32 matrix5, out U32 matrix6);
            U32 y = matrix5;
            U32 y2 = matrix6;
            // TensorCores.cs:15
            F32 sum = 0f, sum2 = 0f, sum3 = 0f, sum4 = 0f;
            Lanes.MmaBFloat16(x, x2, x3, x4, y, y2, ref sum, ref sum2, ref sum3, ref sum4);
            F32 t11 = sum;
            F32 t12 = sum2;
            F32 t13 = sum3;
            F32 t14 = sum4;
            // TensorCores.cs:16
            I32 t15 = laneIdx >> 2;
            I32 column = (laneIdx & 3) * 2;
            // TensorCores.cs:17
            I32 t16 = t15 * 8 + column;
            Lanes.StoreF32(this, c, t16, cLength, active, t11);
            // TensorCores.cs:18
            Lanes.StoreF32(this, c, t16 + 1, cLength, active, t12);
            // TensorCores.cs:19
            I32 t17 = (t15 + 8) * 8 + column;
            Lanes.StoreF32(this, c, t17, cLength, active, t13);
            // TensorCores.cs:20
            Lanes.StoreF32(this, c, t17 + 1, cLength, active, t14);
        }
        return true;
    }
}
