using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: messages as they arrive, what a user sees of them, and what goes back. Both are written as <see cref="ShortStreams"/> tells.</summary>
public sealed class MessageStreamsTests
{
    /// <summary>Where the last is null, what goes back is what the ending has.</summary>
    [Theory]
    // the name
    [InlineData("t0:a #0m=a:ab .m=a:ab", "a | b+<#1:m=a>", null)] // comes when it is known
    [InlineData("t0:a r1:hm #0m=a:ab #1r=rs:r.hm .m=a:ab/r=rs:r.hm", "a | (hm)text | <r=rs:r.*2>+<#1:m=a>+b=a", "m=a:ab")] // what follows belongs to text that stands further up
    [InlineData("+0m=a t0:x #0m=a:x .m=a:x", "x=a", null)]
    [InlineData("+0m=a t0:x #0m=a:xy .m=a:xy", "x=a | y", null)]
    [InlineData("+0m=a t0:x r1:hm t0:y #0m=a:xyz #1r=rs:r.hm .m=a:xyz/r=rs:r.hm", "x=a | (hm)text | <r=rs:r.*2>+yz=a", "m=a:xyz")]
    [InlineData("t0@a:x #0m=a:x t1@a:y #1m=a:y .m=a:x/m=a:y", "x=a | 2:<message>+y=a#2", "m=a:x/m=msg_1:y")] // two of one name
    [InlineData("t0@a:x t1@a:y .", "x=a | 2:<message>+y=a#2", "m=a:x/m=msg_1:y")]
    [InlineData("+0m=a +1m=b .m=b:x/m=b:y", "x=b | 2:<message>+y=b#2", "m=b:x/m=msg_1:y")] // by the ending's name
    [InlineData("#0m=a:x #1m=a:y #2m=a:z .m=a:x/m=a:y/m=a:z", "x=a | 2:<message>+y=a#2 | 3:<message>+z=a#3", "m=a:x/m=msg_1:y/m=msg_2:z")]
    // by turns: what of a message waits is said in its turn
    [InlineData("t0:a t1:b #0m=a:a t1:c #1m=b:bc .m=a:a/m=b:bc", "a | <#1:m=a> | 2:b+c | 2:<#2:m=b>", null)]
    [InlineData("t0:a t1:b #0m=a:a t1:c .", "a | <#1:m=a> | 2:b+c", "m=a:a/m=msg_1:bc")]
    [InlineData("t0:a t1:b #0m=a:a #1m=b .", "a | <#1:m=a> | 2:b=b", "m=a:a/m=b:b")] // its end does not repeat it
    [InlineData("t0:a t1:b t0:c .m=a:ac/m=b:b", "a | c | <#1:m=a> | 2:b=b", null)]
    [InlineData("t0:a t1:b t0:c .", "a | c | 2:<message>+b", "m=msg_1:ac/m=msg_2:b")]
    [InlineData("+0m=a t0:x +1m=b t1:y #0m=a:xz #1m=b:y .m=a:xz/m=b:y", "x=a | z | 2:<message>+y=b", null)]
    [InlineData("t0:a t1.0:\\ud83d #0m=a:a t1.1:b #1m=b:z,b .m=a:a/m=b:z,b", "a | <#1:m=a> | 2:b | 2:<part>+z+<#2:m=b>+<b[null,null][1,0]>", null)] // half a letter is none
    [InlineData("t0:a t1.0:\\ud83d #0m=a:a t1.1:b !", "a | <#1:m=a> | 2:b had a+<#1:m=a> | 2:b", "m=a:a/m=msg_1:b")]
    [InlineData("+0m=a t0:x r1:hm #0m=a:x #1r=rs:r.hm t2:y .m=a:x/r=rs:r.hm/m=b:y", "x=a | (hm)text | <r=rs:r.*2> | 2:y | 2:<#1:m=b>", null)]
    // broken off: each stays a message of its own
    [InlineData("t0:a #0m=a:a t1:b #1m=b:b t2:c !", "a | <#1:m=a> | 2:b | 2:<#2:m=b> | 3:c had a+<#1:m=a> | 2:b+<#2:m=b> | 3:c", "m=a:a/m=b:b/m=msg_1:c")]
    [InlineData("t0:a t1:b t2:c !", "a had a | 2:<message>+b | 3:<message>+c", "m=msg_1:a/m=msg_2:b/m=msg_3:c")]
    [InlineData("+0m=a t0:a t1:b !", "a=a had a=a | 2:<message>+b", "m=a:a/m=msg_1:b")]
    [InlineData("x0:N x0:o #1m=b:b !", " had b=b | 2:~No", "m=b:b/m=msg_1:~No")]
    // without a word
    [InlineData("#0m=a: .m=a:", "''=a warned 1", "")]
    [InlineData("#0m=a .m=a", " warned 1", "")]
    [InlineData("#0m=a t1:b .m=a/m=b:b", "b | <#1:m=b>", "m=b:b")]
    [InlineData("#0m=a: t1:b #1m=b:b .m=a:/m=b:b", "''=a | <message>+b | <#1:m=b>", "m=b:b")] // it is not the name of what follows
    [InlineData("#0m=a: t1:b #1m=b:b #2m=c: t3:d #3m=d:d .m=a:/m=b:b/m=c:/m=d:d", "''=a | <message>+b | <#1:m=b> | <message>+''=c | 2:d | 2:<#2:m=d>", "m=b:b/m=d:d")]
    [InlineData("#0m=a: #1m=b: t2:c #2m=c:c .m=a:/m=b:/m=c:c", "''=a | ''=b | <message>+c | <#1:m=c>", "m=c:c")]
    [InlineData("+0m=a t0:x #0m=a:x #1m=b: .m=a:x/m=b:", "x=a | <message>+''=b", "m=a:x")] // nor of what stands before
    [InlineData("t0:a r1:hm #2m=b: .m=a:a/r=rs:r.hm/m=b:", "a | (hm)text | <r=rs:r.*2>+<#1:m=a>+<message>+''=b", null)]
    [InlineData("t0:a r1:hm #0m=a:a #1r=rs:r.hm #2m=b: .m=a:a/r=rs:r.hm/m=b:", "a | (hm)text | <r=rs:r.*2>+<#1:m=a> | <message>+''=b", null)]
    [InlineData("#0r=rs:r.hm #1m=a: t2:c #2m=c:c .r=rs:r.hm/m=a:/m=c:c", "(hm)text+<r=rs:r.*2> | ''=a | <message>+c | <#1:m=c>", null)]
    [InlineData("#0r=rs:r.hm #1m=a: #2r=rz:r.so #3m=b: .r=rs:r.hm/m=a:/r=rz:r.so/m=b:", "(hm)text+<r=rs:r.*2> | ''=a | (so)text+<r=rz:r.*2> | ''=b warned 1", null)]
    [InlineData("#0m: t1:b #1m=b:b .m:/m=b:b", "b | <#1:m=b>", "m=b:b")]
    // parts
    [InlineData("t0.0:a t0.1:b #0m=a:a,b .m=a:a,b", "a | <part>+b | <#1:m=a>", null)]
    [InlineData("t0.1:b t0.0:a #0m=a:a,b .m=a:a,b", "b | <part>+a | <#1:m=a>+<a[null,null][1,0]>", null)]
    [InlineData("t0.0:a t0.1:b t0.0:c #0m=a:ac,b .m=a:ac,b", "a | <part>+b | <part>+c | <#1:m=a>+<a[null,null][0,1,0]>", null)]
    [InlineData("t0:a #0m=a:a,? .m=a:a,?", "a | <#1:m=a>+<a[null,{type:new_part,x:1}]>", null)]
    [InlineData("#0m=a:? .m=a:?", "''=a+<a[{type:new_part,x:1}]>", null)]
    [InlineData("+0m=a t0:a #0m=a:a,?,b .m=a:a,?,b", "a=a | <part>+b+<a[null,{type:new_part,x:1},null]>", null)]
    [InlineData("t0.0:a t0.-:b #0m=a:abc .m=a:abc", "a | b | c+<#1:m=a>", null)]
    [InlineData("t0:a #0m:a,? .m:a,?", "a | <[null,{type:new_part,x:1}]>", "m=msg_1:a,?")]
    public Task A_message_is_told_by_its_name_and_stays_one(string stream, string seen, string? back) => AssertAsync(stream, seen, back);

    [Theory]
    [InlineData("#0m=a:~A,~B .m=a!p:~A,~B", "~A=a+~B=a | <m=a!p> content_filter", null)] // once
    [InlineData("t0:a #0m=a:a,~No. .m=a:a,~No.", "a | <#1:m=a>+~No.=a content_filter", null)]
    [InlineData("+0m=a t0:a #0m=a:a,~No. .m=a:a,~No.", "a=a | ~No. content_filter", null)]
    [InlineData("+0m=a t0:a r1:hm #0m=a:a,~No. #1r=rs:r.hm .m=a:a,~No./r=rs:r.hm", "a=a | (hm)text | <r=rs:r.*2>+~No.=a content_filter", "m=a:a,~No.")]
    [InlineData("x0.0:N x0.0:o x0.1:Yes #0m=a:~No,~Yes .m=a:~No,~Yes", "~No=a+~Yes=a content_filter", null)]
    [InlineData("x0:No .", "~No content_filter", "m=msg_1:~No")]
    [InlineData("X0:No .", "~No content_filter", "m=msg_1:~No")]
    [InlineData("x0:N X0:No .", "~No content_filter", "m=msg_1:~No")]
    [InlineData("x0.-:No #0m=a:~No .m=a:~No", "~No=a content_filter", null)]
    [InlineData("x0:No t1:b #1m=b:b .m=a:~No/m=b:b", "b | <#1:m=b> | 2:~No=a+<order_a_b> content_filter", null)]
    [InlineData("t0:a x0.1:No t1:b #1m=b:b .m=a:a,~No/m=b:b", "a | <#1:m=a>+~No=a | 2:b=b content_filter", null)]
    [InlineData(".m=a:x,~No./m=b:y", "x=a+~No. | 2:y=b content_filter", null)]
    [InlineData("#0m=a:~No. t1:b #1m=b:b .m=a:~No./m=b:b", "~No.=a | 2:b | 2:<#1:m=b> content_filter", null)]
    // citations
    [InlineData("t0:abc #0m=a:abc^T .m=a:abc^T", "abc | ''^T0-2+<#1:m=a>", null)]
    [InlineData("#0m=a:abc^T .m=a!p:abc^T", "abc=a+''^T0-2 | <m=a!p>", null)] // once
    [InlineData("t0:abc k0:T #0m=a:abc .m=a:abc", "abc | ''^T0-2+<#1:m=a>", "m=a:abc^T")] // that only an event has
    [InlineData("t0:abc k0:U #0m=a:abc^T .m=a:abc^T", "abc | ''^T0-2+<#1:m=a>", null)] // the end knows better
    [InlineData("t0:abc #0m=a:abc^T .m=a:abc^T^U", "abc | ''^T0-2+<#1:m=a> | ''^U0-2=a", null)]
    [InlineData("#0m=a:x^T r1:hm #1r=rs:r.hm .m=a:x^T^U/r=rs:r.hm", "x=a+''^T0-1 | (hm)text | <r=rs:r.*2> | ''^U0-1=a", "m=a:x^T^U")]
    [InlineData("+0m=a t0:abc #0m=a:abc^T .m=a:abc^T", "abc=a | ''^T0-2", null)]
    [InlineData("+0m=a t0:abc r1:hm #0m=a:abc^T #1r=rs:r.hm .m=a:abc^T/r=rs:r.hm", "abc=a | (hm)text | <r=rs:r.*2>+''^T0-2=a", "m=a:abc^T")]
    [InlineData("t0:a k0:T #0m=a:abc .", "a | bc+''^T0-2+<#1:m=a>", "m=a:abc^T")]
    [InlineData("#0m=a:abc^T,def^U .m=a:abc^T,def^U", "abc=a+<part>+def+''^T0-2^U3-5", null)]
    // what is known late
    [InlineData("t0:a #0m!p:a .m!p:a", "a | <#1:m!p>", "m=msg_1!p:a")]
    [InlineData("t0:a #0m!p:a .m=a!p:a", "a | <#1:m!p> | <#1:m=a!p>", null)]
    [InlineData("t0:a #0m!p:a .", "a | <#1:m!p>", "m=msg_1!p:a")]
    [InlineData("t0:a #0m=a:a .m=a!p:a", "a | <#1:m=a> | <m=a!p>", null)]
    [InlineData("+0m=a t0:x #0m=a!p:x .m=a!p:x", "x=a | <m=a!p>", null)]
    [InlineData("+0m=a t0:x #0m=b!p:x .m=b!p:x", "x=a | <a:m=b!p>", null)] // with another name
    [InlineData("+0m=a t0:x #0m=b:x .m=b:x", "x=a", "m=a:x")] // which alone is no news
    [InlineData("+0m=a t0:x #0m=a:x +1m=a t1:y #1m=a!p:y .m=a:x/m=a!p:y", "x=a | 2:<message>+y=a#2 | 2:<m=a#2!p>", "m=a:x/m=msg_1!p:y")]
    // words that were wrong
    [InlineData("t0:a #0m=a:a t1:x #1m=b:y .m=a:a/m=b:y", "a | <#1:m=a> | 2:x | 2:<#2:m=b>+<b[{text:y,$said:LXEWQrcmsEQ}]> correct a¶y warned 1", null)]
    [InlineData("t1:x #1m=b:y t0:a #0m=a:a .m=a:a/m=b:y", "x | <#1:m=b>+<b[{text:y,$said:LXEWQrcmsEQ}]> | 2:a | 2:<#2:m=a> | 2:<order_a_b> correct a¶y warned 1", null)]
    [InlineData("r0:hm #0r=rs:r.hm t1:x #1m=b:y .r=rs:r.hm/m=b:y", "(hm)text | <r=rs:r.*2> | x | <#1:m=b>+<b[{text:y,$said:LXEWQrcmsEQ}]> correct y warned 1", null)]
    [InlineData("t0:x #0m=a:y t1:z #1m=b:w .m=a:y/m=b:w", "x | <#1:m=a>+<a[{text:y,$said:LXEWQrcmsEQ}]> | 2:z | 2:<#2:m=b>+<b[{text:w,$said:WU5RmuSZMSs}]> correct y¶w warned 1", null)] // told once
    [InlineData("+0m=a t0:x t1:b #0m=a:y #1m=b:b .m=a:y/m=b:b", "x=a | <a[{text:y,$said:LXEWQrcmsEQ}]> | 2:b=b correct y¶b warned 1", null)]
    [InlineData("t0.0:a t0.1:x #0m=a:a,y .m=a:a,y", "a | <part>+x | <#1:m=a>+<a[null,{text:y,$said:LXEWQrcmsEQ}]> correct ay warned 1", null)]
    [InlineData("t0:x #0m=a:y,~No. .m=a:y,~No.", "x | <#1:m=a>+~No.=a+<a[{text:y,$said:LXEWQrcmsEQ},null]> correct y warned 1 content_filter", null)]
    [InlineData("t0:x .m=a:y", "x | <#1:m=a>+<a[{text:y,$said:LXEWQrcmsEQ}]> correct y warned 1", null)]
    [InlineData("t0:_x #0m=a:x .m=a:x", "_x | <#1:m=a>", "m=a:_x")] // blanks that a service trims are not
    [InlineData("t0:x_ #0m=a:x .m=a:x", "x_ | <#1:m=a>", "m=a:x_")]
    public Task What_belongs_to_a_message_is_told_once(string stream, string seen, string? back) => AssertAsync(stream, seen, back);

    [Theory]
    [InlineData("%m=a:x", " had x=a", null)]
    [InlineData("t0:a %m=a:ab", "a had ab+<#1:m=a>", null)]
    [InlineData("t0:a #0m=a:a %m=a:a/m=b:b", "a | <#1:m=a> had a+<#1:m=a> | 2:b=b", null)]
    [InlineData("r0:a %r=rs:r.ab$E", "(a)text had (ab)text+<r=rs:r.*2$E>", "")]
    [InlineData("%", " had ", "")]
    public Task A_failed_answer_tells_what_it_brought(string stream, string seen, string? back) => AssertAsync(stream, seen, back);

    [Theory]
    [InlineData("""{"type":"output_text","text":"a"}""", true)]
    [InlineData("""{"type":"refusal","refusal":"No."}""", true)]
    [InlineData("""{"type":"new_part"}""", true)]
    [InlineData("""{"type":"new_part","x":1},{"type":"output_text","text":""}""", true)]
    [InlineData("""{"type":"output_text","text":""},{"type":"new_part","x":1}""", true)]
    [InlineData("""{"type":"new_part","text":"a"}""", true)]
    [InlineData("""{"type":"new_part","text":""}""", false)]
    [InlineData("""{"type":"output_text","text":""}""", false)]
    [InlineData("""{"type":"output_text"}""", false)]
    [InlineData("""{"type":"refusal"}""", false)]
    [InlineData("{}", false)]
    public async Task A_message_says_something_in_words_or_in_a_part_of_a_new_kind(string parts, bool says)
    {
        var answer = (await Hear(Of(Created, Completed($$"""{"type":"message","role":"assistant","id":"a","content":[{{parts}}]}""")))).ToChatResponse();

        Assert.Equal(says ? 0 : 1, answer.GetOpenRouter().Warnings.Count(warning => warning.StartsWith("The answer is complete and empty", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_a_failed_answer_brought_is_called_by_the_answer_s_own_id()
    {
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => Hear(Of($$"""{"type":"response.failed","response":{"id":"gen-9","status":"failed","error":{"code":"server_error","message":"Ouch."},"output":[{{Message("a")}},{{Message("b", "msg_2")}}]} }""")));

        Assert.Equal(["gen-9 a", "gen-9#2 b"], failure.PartialResponse!.Messages.Select(message => $"{message.MessageId} {message.Text}"));
    }

    internal static async Task AssertAsync(string stream, string seen, string? back, ChatOptions? options = null)
    {
        var heard = await ShortStreams.HearAsync(stream, options);

        Assert.Equal(seen, heard.Seen);
        Assert.Equal(back ?? stream[(stream.LastIndexOf(' ') + 2)..], heard.Back);
    }
}
