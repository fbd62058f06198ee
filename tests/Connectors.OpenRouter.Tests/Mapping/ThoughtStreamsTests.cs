using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: thoughts as they arrive, what a user sees of them, and what goes back. Both are written as <see cref="ShortStreams"/> tells.</summary>
public sealed class ThoughtStreamsTests
{
    /// <summary>Where the last is null, what goes back is what the ending has. Thoughts that nothing names, or that lead to nothing, stay.</summary>
    [Theory]
    // interrupted, a thought is sealed with what is known of it
    [InlineData("r0:a t1:b .", "(a)text | <#0:r:r.*1>+b", "m=msg_1:b")]
    [InlineData("r0:a t1:b .r=rs:r.a/m=b:b", "(a)text | <#0:r:r.*1>+b | <#1:m=b>+<#0>r=rs:r.a>", null)]
    [InlineData("r0:a t1:b .r:r.a/m=b:b", "(a)text | <#0:r:r.*1>+b | <#1:m=b>", "m=b:b")]
    [InlineData("r0:a t1:b #1m=b:b .r=rs$E/m=b:b", "(a)text | <#0:r:r.*1>+b | <#1:m=b> | <#0>r=rs$E>", null)]
    [InlineData("r0:a t1:b r0:c .r=rs:r.ac/m=b:b", "(a)text | <#0:r:r.*1>+b | <#1:m=b>+(c)+<#0>r=rs:r.ac>", null)]
    [InlineData("r0:a t1:b r0:c .", "(a)text | <#0:r:r.*1>+b | (c)+<#0:r:r.ac>", "m=msg_1:b")]
    [InlineData("r0:a t1:b r0.-:c r0.-:d .", "(a)text | <#0:r:r.*1>+b | (cd)+<#0:r:r.acd>", "m=msg_1:b")]
    [InlineData("r0.0:a r0.1:b t1:x r0.0:c .", "(a)text | (¶¶b) | <#0:r:r.*1,r.*1>+x | (c)+<#0:r:r.ac,r.b>", "m=msg_1:x")]
    [InlineData("r0.0:a r0.1:b t1:x r0.1:c .", "(a)text | (¶¶b) | <#0:r:r.*1,r.*1>+x | (c)+<#0:r:r.a,r.bc>", "m=msg_1:x")]
    [InlineData("r0:a t1:b r0:c #0r=rs:r.acd$E .", "(a)text | <#0:r:r.*1>+b | (cd)+<#0>r=rs:r.acd$E>", "r=rs:r.acd$E/m=msg_1:b")] // its end knows better
    [InlineData("r0:a t1:b r0:c #0r=rs$E .", "(a)text | <#0:r:r.*1>+b | (c)+<#0>r=rs:r.ac$E>", "r=rs:r.ac$E/m=msg_1:b")] // its end says none of it
    [InlineData("r0:a #0r=rs$E t1:b #1m=b:b .r=rs$E/m=b:b", "(a)text | <r=rs$E> | b | <#1:m=b>", null)]
    [InlineData("r0:a t1:b r0:c #1m=b:b !", "(a)text | <#0:r:r.*1>+b | <#1:m=b> had (a)text+<#0:r:r.*1>+b+<#1:m=b>+(c)+<#0:r:r.ac>", "m=b:b")]
    // sealed before words that were held for another message, and before anything else that the end brings
    [InlineData("t0:a +1r=rs r1:hm t0:b t2:x #2m=c:x .", "a | (hm)text | <r=rs:r.*2>+b$#1 | 2:<message>+x=c", "m=msg_1:ab/r=rs:r.hm/m=c:x")]
    [InlineData("t0:a +1r=rs r1:hm t0:b t2:x #2m=c:x !", "a | (hm)text had a+(hm)text+<r=rs:r.*2>+b$#1 | 2:<message>+x=c", "m=msg_1:ab/r=rs:r.hm/m=c:x")]
    [InlineData("t0:a +1r=rs r1:hm t0:b .r=rs:r.hm$E/m=a:ab", "a | (hm)text | <r=rs:r.*2$E>+<#1:m=a>+b=a+<order_rs_a>", null)] // with all that the ending knows of it
    [InlineData("t0:a +1r=rs r1:hm l1:hmm t0:b .", "a | (hm)text | (m)+<r=rs:r.*3>+b$#1", "m=msg_1:ab")]
    [InlineData("+0m=a t0:a +1r=rs r1:hm t0:b %m=a:ab", "a=a | (hm)text had a=a+(hm)text+<r=rs:r.*2>+b=a", "m=a:ab")]
    [InlineData("t0:a +1r=rs r1:hm r1:so t0:b r3:yes t2:x .m=a/r=rs$E/m=c:x", "a | (hm)text | (so) | <r=rs:r.*4>+(yes)text | <#2:r:r.*3>+<#1:m=a>+b=a+<r=rs$E> | 2:x=c+<order_a_rs_c_#1>", "m=a:ab/r=rs$E/m=c:x")]
    // the name
    [InlineData("r0@rs:a t1:b .", "(a)text | <r=rs:r.*1>+b", "r=rs:r.a/m=msg_1:b")]
    [InlineData("+0r=rs r0:a t1:b .", "(a)text | <r=rs:r.*1>+b", "r=rs:r.a/m=msg_1:b")]
    [InlineData("+0r=rs r0:a t1:b .r=rs:r.a$E/m=b:b", "(a)text | <r=rs:r.*1>+b | <#1:m=b>+<r=rs:r.a$E>", null)]
    [InlineData("+0r=tmp r0:a t1:b .r=rs:r.a/m=b:b", "(a)text | <r=tmp:r.*1>+b | <#1:m=b>+<tmp>r=rs:r.a>", null)]
    [InlineData("+0r=tmp r0:a #0r=rs:r.a t1:b .r=rs:r.a/m=b:b", "(a)text | <r=rs:r.*1> | b | <#1:m=b>", null)]
    [InlineData("#0r=rs:r.a t1:b #1m=b:b .r=rt:r.a/m=b:b", "(a)text+<r=rs:r.*1> | b | <#1:m=b> | <rs>r=rt:r.a>", null)]
    [InlineData("#0r:s.a t1:x .r=rs:s.a/m=m:x", "(a)summary+<#0:r:s.*1> | x | <#1:m=m>+<#0>r=rs:s.a>", null)]
    [InlineData("#0r:s.a #1r:s.b t2:x .r=r1:s.a/r=r2:s.b/m=m:x", "(a)summary+<#0:r:s.*1> | (b)summary+<#1:r:s.*1> | x | <#1:m=m>+<#0>r=r1:s.a>+<#1>r=r2:s.b>", null)]
    [InlineData("#0r:r.a t1:b #1m=b:b .r:r.a$E/m=b:b", "(a)text+<#0:r:r.*1> | b | <#1:m=b> | <#0:r:r.a$E>", "m=b:b")]
    [InlineData("r0:a #0r:r.a t1:b #1m=b:b .r:r.a/m=b:b", "(a)text | <#0:r:r.*1> | b | <#1:m=b>", "m=b:b")]
    [InlineData("#0r=rs:r.a #1r=rs:r.b t2:b #2m=b:b .r=rs:r.a/r=rs:r.b$E/m=b:b", "(a)text+<r=rs:r.*1> | (b)text+<@2:r=rs:r.*1> | b | <#1:m=b> | <@2:r=rs:r.b$E>", "r=rs:r.a/r=rs_2:r.b$E/m=b:b")]
    // a second envelope only where more is known
    [InlineData("#0r=rs:r.a$E t1:b #1m=b:b .r=rs:r.a/m=b:b", "(a)text+<r=rs:r.*1$E> | b | <#1:m=b>", "r=rs:r.a$E/m=b:b")]
    [InlineData("#0r=rs:r.a t1:b #1m=b:b .r=rs:r.a,r.c/m=b:b", "(a)text+<r=rs:r.*1> | b | <#1:m=b> | (c)+<r=rs:r.a,r.*1>", null)]
    [InlineData("r0:a #0r=rs:r.a t1:b #1m=b:b .r=rs:r.a,r.c/m=b:b", "(a)text | <r=rs:r.*1> | b | <#1:m=b> | (c)+<r=rs:r.a,r.*1>", null)]
    [InlineData("r0:a #0r=rs:r.a t1:b #1m=b:b .r=rs:r.ac/m=b:b", "(a)text | <r=rs:r.*1> | b | <#1:m=b> | (c)+<r=rs:r.ac>", null)]
    [InlineData("r0:a #0r=rs:r.abc t1:b #1m=b:b .r=rs:r.abc/m=b:b", "(a)text | (bc)+<r=rs:r.*3> | b | <#1:m=b>", null)]
    [InlineData("r0:a #0r=rs:s.x,r.abc t1:b #1m=b:b .r=rs:s.x,r.abc/m=b:b", "(a)text | (¶¶x)+(¶¶bc)+<r=rs:s.*1,r.abc> | b | <#1:m=b>", null)]
    [InlineData("s0.0:a s0.1:b s0.0:c #0r=rs:s.ac,s.b .r=rs:s.ac,s.b", "(a)summary | (¶¶b) | (¶¶c) | <r=rs:s.ac,s.*1> warned 1", "")]
    [InlineData("r0.1:b r0.0:a #0r=rs:r.a,r.b t1:x #1m=m:x .r=rs:r.a,r.b/m=m:x", "(b)text | (¶¶a) | <r=rs:r.*1,r.*1> | x | <#1:m=m>", null)]
    [InlineData(".r=rs:s.a,r.b$E/m=m:x", "(a)summary+(¶¶b)+<r=rs:s.*1,r.*1$E>+x=m", null)]
    // texts that come at once
    [InlineData("R0:ab T1:x .r=rs:r.ab/m=m:x", "(ab)text | <#0:r:r.*2>+x | <#1:m=m>+<#0>r=rs:r.ab>", null)]
    [InlineData("S0.0:a S0.1:b T1.0:x T1.1:y .r=rs:s.a,s.b/m=m:x,y", "(a)summary | (¶¶b) | <#0:r:s.*1,s.*1>+x | <part>+y | <#1:m=m>+<#0>r=rs:s.a,s.b>", null)]
    [InlineData("L-:ab T1:x .r=rs:r.ab/m=m:x", "(ab)text | <#0:r:r.*2>+x | <#1:m=m>+<#0>r=rs:r.ab>", null)]
    // the same words in a second dialect
    [InlineData("r0:ab l0:ab t1:x .", "(ab)text | <#0:r:r.*2>+x", "m=msg_1:x")]
    [InlineData("r0:ab l0:abc t1:x .", "(ab)text | (c)+<#0:r:r.*3>+x", "m=msg_1:x")] // which knows more
    [InlineData("r0:ab l0:abc .", "(ab)text | (c)+<#0:r:r.*3> warned 1", "")]
    [InlineData("r0:ab l0:abc r0:c t1:x .", "(ab)text | (c) | <#0:r:r.*3>+x", "m=msg_1:x")] // before the first says it
    [InlineData("r0:ab l0:abc r0:d t1:x .", "(ab)text | (d) | (¶¶abc)+<#0:r:r.*3,r.*3>+x", "m=msg_1:x")] // or says something else
    [InlineData("r0:ab l0:xy t1:x .", "(ab)text | (¶¶xy) | <#0:r:r.*2,r.*2>+x", "m=msg_1:x")]
    [InlineData("r0:ab l0:a l0:x t1:y .", "(ab)text | (¶¶a)+(x) | <#0:r:r.*2,r.*2>+y", "m=msg_1:y")]
    [InlineData("r0:ab l0:a l0:b l0:c r0:c t1:x .", "(ab)text | (c) | <#0:r:r.*3>+x", "m=msg_1:x")]
    [InlineData("r0:ab s0.0:ab s0.1:c r0:x t1:y .", "(ab)text | (x) | (¶¶ab)+(¶¶c)+<#0:r:s.*2,s.*1,r.*3>+y", "m=msg_1:y")]
    [InlineData("r0:ab l0:abc #0r=rs:r.abc .r=rs:r.abc", "(ab)text | (c)+<r=rs:r.*3> warned 1", "")]
    [InlineData("r0:ab l0:abc #0r=rs:r.abd .r=rs:r.abd", "(ab)text | (d)+<r=rs:r.*3> warned 1", "")]
    public Task A_thought_is_told_once_and_sealed(string stream, string seen, string? back) => MessageStreamsTests.AssertAsync(stream, seen, back);

    [Theory]
    [InlineData("[{\"text\":\"Hm.\"}]", "[{\"text\":\"So.\"}]", "Hm. So.")]
    [InlineData("[\"Hm.\"]", "[\"So.\"]", "Hm. So.")]
    [InlineData("\"Hm.\"", "\"So.\"", "Hm. So.")]
    [InlineData("\"\"", "\"So.\"", "So.")]
    [InlineData("\"Hm.\"", "null", "Hm.")]
    [InlineData("7", "{\"text\":\"So.\"}", "")]
    public async Task A_thought_is_shown_in_whatever_shape_it_comes(string summary, string content, string expected)
    {
        var item = $$"""{"type":"reasoning","id":"rs_1","summary":{{summary}},"content":{{content}}}""";

        var shown = (await Streams.Hear(Streams.Of(Streams.Created, Streams.Completed(item, Streams.Message("Hi."))))).ToChatResponse();

        Assert.Equal(expected, shown.GetReasoningText().Replace("\n\n", " ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("r0:a t1:b .", "<#0:r:r.a>+b", "m=msg_1:b")]
    [InlineData("r0:a t1:b .r=rs:r.a/m=b:b", "<#0:r:r.a>+b | <#1:m=b>+<#0>r=rs:r.a>", null)]
    [InlineData("s0.0:a s0.1:b t1:x .", "<#0:r:s.a,s.b>+x", "m=msg_1:x")]
    [InlineData("+0r=rs r0:a t1:b .", "<r=rs:r.a>+b", "r=rs:r.a/m=msg_1:b")]
    [InlineData("r0:a !", " had <#0:r:r.a>", "")]
    [InlineData("#0r=rs:r.a t1:b .r=rs:r.a$E/m=b:b", "<r=rs:r.a> | b | <#1:m=b>+<r=rs:r.a$E>", null)]
    public Task A_thought_that_is_not_shown_is_sealed_with_its_words(string stream, string seen, string? back) =>
        MessageStreamsTests.AssertAsync(stream, seen, back, new() { Reasoning = new() { Output = ReasoningOutput.None } });
}
